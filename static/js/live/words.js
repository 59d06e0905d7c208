// Sentences that the server translated; each {} takes the next value.

export function fill(sentence, ...values) {
  return sentence.replace(/\{\}/g, () => values.shift());
}
