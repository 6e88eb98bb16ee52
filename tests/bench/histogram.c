#include "histogram.h"

/* Below HISTOGRAM_FINE a bucket a value; above, an octave is HISTOGRAM_FINE buckets. */
static unsigned bucket_of(uint64_t ns)
{
    if (ns < HISTOGRAM_FINE)
        return (unsigned)ns;
    unsigned top = 63 - (unsigned)__builtin_clzll(ns);
    unsigned shift = top - 6;
    unsigned bucket = (shift + 1) * HISTOGRAM_FINE + (unsigned)(ns >> shift) - HISTOGRAM_FINE;
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static uint64_t bucket_end(unsigned bucket)
{
    if (bucket < HISTOGRAM_FINE)
        return bucket;
    unsigned shift = bucket / HISTOGRAM_FINE - 1;
    uint64_t start = (uint64_t)(bucket % HISTOGRAM_FINE + HISTOGRAM_FINE) << shift;
    return start + ((uint64_t)1 << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t ns)
{
    histogram->counts[bucket_of(ns)]++;
    histogram->total++;
    if (ns > histogram->largest_ns)
        histogram->largest_ns = ns;
}

uint64_t histogram_quantile(const struct histogram *histogram, double quantile)
{
    uint64_t wanted = (uint64_t)(quantile * (double)histogram->total);
    uint64_t seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen > wanted)
            return bucket_end(i) < histogram->largest_ns ? bucket_end(i) : histogram->largest_ns;
    }
    return histogram->largest_ns;
}
