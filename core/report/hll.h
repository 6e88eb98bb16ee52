/* hll.h - a HyperLogLog as Redis stores it: read, merged, counted, without asking Redis for each union.
 *
 * Counts as PFCOUNT does: 16 384 registers of 6 bits, a 64-bit hash, the estimator of Ertl 2017 ("New
 * cardinality estimation algorithms for HyperLogLog sketches", algorithm 6), which needs no bias table. */
#ifndef REPORT_HLL_H
#define REPORT_HLL_H
#include "core/base/slice.h"

#define HLL_REGISTERS 16384
#define HLL_RANK_MAX 51 /* 64 - 14 bits of the hash, plus one */

#define HLL_KEPT_MAX 1024 /* bytes; some 250 visitors of a day have as many */

struct hll {                              /* in place; 49 KiB, of which a small one touches one */
    uint32_t histogram[HLL_RANK_MAX + 1]; /* how many registers have each rank */
    size_t kept_size;
    char kept
        [HLL_KEPT_MAX]; /* of a single value that is sparse and short: it is counted as it is, without registers */
    size_t touched_count;
    uint16_t touched[HLL_REGISTERS]; /* registers over 0, so that clearing a small one is cheap */
    uint8_t registers[HLL_REGISTERS];
};

void hll_init(struct hll *hll); /* empty */
void hll_clear(struct hll *hll);

/* Merges the value of a Redis string made by PFADD; an empty slice (an absent key) adds nothing.
 * JALON_DAMAGED, and nothing merged, unless it is whole and well-formed. */
CHECKED int hll_merge(struct hll *hll, struct slice value);
uint64_t hll_count(const struct hll *hll); /* the cardinality, estimated */
#endif
