/**
 * Matrix products of typed arrays, which take most of a decoder's time.
 */

/**
 * out[r, c] = bias[c] + Σᵢ a[r, i] · b[c, i]: b is transposed, so that both are read in the order of memory.
 *
 * Two rows by four columns are computed together: the eight sums are independent, and each number that is read is used
 * several times.
 *
 * @param {Float32Array} a rows × inner
 * @param {Float32Array} b columns × inner
 * @param {Float32Array | null} bias columns
 * @param {Float32Array} out
 * @param {{rows: number, inner: number, columns: number, stride?: number, at?: number}} size of out's rows and where the
 *     first begins, where out is wider than the product
 */
export function multiply(a, b, bias, out, { rows, inner, columns, stride = columns, at = 0 }) {
  for (let r = 0; r < rows; r += 2) {
    const two = r + 1 < rows;
    const a0 = r * inner;
    const a1 = two ? a0 + inner : a0;
    const o0 = at + r * stride;
    const o1 = two ? o0 + stride : o0;
    let c = 0;
    for (; c + 3 < columns; c += 4) {
      const b0 = c * inner;
      const b1 = b0 + inner;
      const b2 = b1 + inner;
      const b3 = b2 + inner;
      let s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0; // prettier-ignore
      for (let i = 0; i < inner; i++) {
        const x = a[a0 + i];
        const y = a[a1 + i];
        const w0 = b[b0 + i];
        const w1 = b[b1 + i];
        const w2 = b[b2 + i];
        const w3 = b[b3 + i];
        s00 += x * w0;
        s01 += x * w1;
        s02 += x * w2;
        s03 += x * w3;
        s10 += y * w0;
        s11 += y * w1;
        s12 += y * w2;
        s13 += y * w3;
      }
      out[o1 + c] = s10;
      out[o1 + c + 1] = s11;
      out[o1 + c + 2] = s12;
      out[o1 + c + 3] = s13;
      out[o0 + c] = s00; // last: if there is one row only, both offsets are equal
      out[o0 + c + 1] = s01;
      out[o0 + c + 2] = s02;
      out[o0 + c + 3] = s03;
    }
    for (; c < columns; c++) {
      const b0 = c * inner;
      let s0 = 0;
      let s1 = 0;
      for (let i = 0; i < inner; i++) {
        s0 += a[a0 + i] * b[b0 + i];
        s1 += a[a1 + i] * b[b0 + i];
      }
      out[o1 + c] = s1;
      out[o0 + c] = s0;
    }
    if (!bias) continue;
    for (let i = 0; i < columns; i++) out[o0 + i] += bias[i];
    if (two) for (let i = 0; i < columns; i++) out[o1 + i] += bias[i];
  }
}

/** rows × columns → columns × rows. @param {Float32Array} matrix @param {number} rows @param {number} columns */
export function transposed(matrix, rows, columns) {
  const out = new Float32Array(matrix.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = matrix[r * columns + c];
  return out;
}
