import { printJson } from '../output.ts';
import { exampleText, type Verb } from '../verb.ts';

export const schema: Verb = (program) => {
  program
    .command('schema')
    .summary('print the JSON Schema of recipes')
    .description('Prints the JSON Schema of recipe files, for editors that complete and check YAML.')
    .addHelpText('after', exampleText([['heddle schema > recipe.schema.json', 'save it beside the recipes']]))
    .action(async () => {
      const { recipeJsonSchema } = await import('../../tasks/recipe/json-schema.ts');
      await printJson(recipeJsonSchema());
    });
};
