/**
 * Colours of Okabe and Ito, which people with the usual colour blindnesses tell apart, without their yellow (lost on
 * white paper) and black (lost on a dark screen). Each has a dash pattern of its own, for print in grey.
 */
export const LINE_STYLES: readonly { readonly color: string; readonly dash: readonly number[] }[] = [
  { color: '#0072B2', dash: [] },
  { color: '#D55E00', dash: [7, 3] },
  { color: '#009E73', dash: [2, 2] },
  { color: '#CC79A7', dash: [8, 3, 2, 3] },
  { color: '#E69F00', dash: [12, 4] },
  { color: '#56B4E9', dash: [4, 4] },
  { color: '#7B5EA7', dash: [1, 3] },
  { color: '#8C6D31', dash: [10, 3, 2, 3, 2, 3] },
];

/** What stands behind: all the streams that are not drawn one by one. */
export const OTHERS_COLOR = '#8A8A8A';

export const GRADE_COLORS = { bad: '#D55E00', fair: '#E69F00', good: '#0072B2' } as const;
