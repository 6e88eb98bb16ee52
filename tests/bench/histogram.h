/* histogram.h - counts of durations in buckets of constant relative width, 1/64: 1.6 % is the most that a quantile
 * read from it is off. Belongs to one thread. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H
#include <stdint.h>

#define HISTOGRAM_FINE 64 /* buckets an octave */
#define HISTOGRAM_BUCKETS (HISTOGRAM_FINE * 40)

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total, largest_ns;
};

void histogram_add(struct histogram *histogram, uint64_t ns);
/* The upper end of the bucket that the share `quantile` (0 to 1) of durations does not pass; 0 when empty. */
uint64_t histogram_quantile(const struct histogram *histogram, double quantile);
#endif
