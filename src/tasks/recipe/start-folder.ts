/** Whether a recipe's model starts from a folder, which then decides about its other fields and has a tokenizer. */
export const startsFromFolder = ({
  model,
}: {
  readonly model: { readonly model_name_or_path?: string | undefined };
}): boolean => model.model_name_or_path !== undefined;
