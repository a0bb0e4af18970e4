/** What the sweep found a secret to be: the part of its inventory that is remembered. */
import * as v from 'valibot';

const InventorySchema = v.object({
  strategy: v.optional(v.string()),
  host: v.optional(v.string()),
  user: v.optional(v.string()),
  owner: v.optional(v.string()),
  /** `machine`: only software reads it. */
  tier: v.optional(v.string()),
  honeytoken: v.optional(v.boolean()),
  rotated: v.optional(v.boolean()),
  /** ARN of the function that rotates it. */
  rotationFunction: v.optional(v.string()),
});

export type Inventory = v.InferOutput<typeof InventorySchema>;

/** The same for the same secret, so that nothing is written while nothing changes. */
export const inventoryText = (details: unknown): string | undefined => {
  const read = v.safeParse(InventorySchema, details);
  return read.success ? JSON.stringify(read.output) : undefined;
};

export function readInventory(text: string | undefined): Inventory | undefined {
  if (text === undefined) return undefined;
  const read = v.safeParse(InventorySchema, JSON.parse(text));
  return read.success ? read.output : undefined;
}
