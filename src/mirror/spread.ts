/** How many of the first `index` of `total` places are chosen when `chosen` places are spread evenly over them. */
export function chosenBefore(index: number, chosen: number, total: number): number {
  return total === 0 ? 0 : Math.floor((index * chosen) / total);
}

/** Whether place `index` is one of the `chosen`: true for exactly that many of the `total`. */
export function isChosen(index: number, chosen: number, total: number): boolean {
  return chosenBefore(index + 1, chosen, total) > chosenBefore(index, chosen, total);
}
