/* hll.c - the string: "HYLL", encoding (0 dense, 1 sparse), 3 bytes unused, 8 bytes of a cached count (not
 * looked at), then the registers.
 *
 *   dense    6 bits a register, lowest bits first, four registers in three bytes
 *   sparse   runs: 00zzzzzz            z+1 registers of 0
 *                  01zzzzzz zzzzzzzz   z+1 registers of 0
 *                  1vvvvvzz            z+1 registers of v+1 */
#include "core/report/hll.h"

#include <math.h>

#define HEADER_BYTES 16
#define DENSE_BYTES (HLL_REGISTERS / 4 * 3)
#define ENCODING_AT 4
#define DENSE 0
#define SPARSE 1

void hll_init(struct hll *hll)
{
    memset(hll->registers, 0, sizeof hll->registers);
    hll->touched_count = 0;
    hll_clear(hll);
}

void hll_clear(struct hll *hll)
{
    for (size_t i = 0; i < hll->touched_count; i++)
        hll->registers[hll->touched[i]] = 0;
    hll->touched_count = 0;
    hll->kept_size = 0;
    memset(hll->histogram, 0, sizeof hll->histogram);
    hll->histogram[0] = HLL_REGISTERS;
}

static void raise_register(struct hll *hll, size_t index, unsigned rank)
{
    unsigned before = hll->registers[index];
    if (rank <= before)
        return;
    if (before == 0)
        hll->touched[hll->touched_count++] = (uint16_t)index;
    hll->histogram[before]--;
    hll->histogram[rank]++;
    hll->registers[index] = (uint8_t)rank;
}

/* The ranks of four registers in their three bytes. */
static void unpack_dense(unsigned ranks[4], const unsigned char *bytes)
{
    uint32_t bits = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
    for (unsigned i = 0; i < 4; i++)
        ranks[i] = bits >> (6 * i) & 63;
}

static bool is_dense(struct slice body)
{
    if (body.size != DENSE_BYTES)
        return false;
    for (size_t at = 0; at < DENSE_BYTES; at += 3) {
        unsigned ranks[4];
        unpack_dense(ranks, (const unsigned char *)body.data + at);
        for (unsigned i = 0; i < 4; i++)
            if (ranks[i] > HLL_RANK_MAX)
                return false;
    }
    return true;
}

static void merge_dense(struct hll *hll, struct slice body)
{
    for (size_t group = 0; group < HLL_REGISTERS / 4; group++) {
        unsigned ranks[4];
        unpack_dense(ranks, (const unsigned char *)body.data + group * 3);
        for (unsigned i = 0; i < 4; i++)
            raise_register(hll, group * 4 + i, ranks[i]);
    }
}

struct run { /* registers that share a rank */
    size_t length;
    unsigned rank;
};

/* Takes a run off *body; false when its second byte is missing. */
static bool take_run(struct slice *body, struct run *run)
{
    const unsigned char *bytes = (const unsigned char *)body->data;
    bool is_long = (bytes[0] & 0xc0) == 0x40;
    if (is_long && body->size < 2)
        return false;
    if (bytes[0] & 0x80)
        *run = (struct run){(bytes[0] & 3u) + 1, (bytes[0] >> 2 & 31u) + 1};
    else if (is_long)
        *run = (struct run){((bytes[0] & 63u) << 8 | bytes[1]) + 1, 0};
    else
        *run = (struct run){bytes[0] + 1u, 0};
    *body = slice_from(*body, is_long ? 2 : 1);
    return true;
}

/* The registers by rank; false when the runs are not those of all of them. */
static bool count_sparse(uint32_t histogram[HLL_RANK_MAX + 1], struct slice body)
{
    size_t registers = 0;
    memset(histogram, 0, (HLL_RANK_MAX + 1) * sizeof *histogram);
    while (body.size) {
        struct run run;
        if (!take_run(&body, &run))
            return false;
        registers += run.length;
        if (registers > HLL_REGISTERS)
            return false;
        histogram[run.rank] += (uint32_t)run.length;
    }
    return registers == HLL_REGISTERS;
}

/* `body` is one that count_sparse() has counted. */
static void merge_sparse(struct hll *hll, struct slice body)
{
    size_t index = 0;
    struct run run;
    while (body.size && take_run(&body, &run)) {
        for (size_t i = 0; run.rank && i < run.length; i++)
            raise_register(hll, index + i, run.rank);
        index += run.length;
    }
}

/* The kept value goes into registers, as there is another. */
static void spread(struct hll *hll)
{
    struct slice body = slice_of(hll->kept, hll->kept_size);
    if (!hll->kept_size)
        return;
    hll_clear(hll);
    merge_sparse(hll, body);
}

static int add_sparse(struct hll *hll, struct slice body)
{
    uint32_t histogram[HLL_RANK_MAX + 1];
    if (!count_sparse(histogram, body))
        return JALON_DAMAGED;
    if (hll->kept_size || hll->touched_count || body.size > HLL_KEPT_MAX) {
        spread(hll);
        merge_sparse(hll, body);
        return JALON_OK;
    }
    memcpy(hll->histogram, histogram, sizeof histogram);
    memcpy(hll->kept, body.data, body.size);
    hll->kept_size = body.size;
    return JALON_OK;
}

static int add_dense(struct hll *hll, struct slice body)
{
    if (!is_dense(body))
        return JALON_DAMAGED;
    spread(hll);
    merge_dense(hll, body);
    return JALON_OK;
}

int hll_merge(struct hll *hll, struct slice value)
{
    if (value.size == 0)
        return JALON_OK;
    if (value.size < HEADER_BYTES || memcmp(value.data, "HYLL", 4) != 0)
        return JALON_DAMAGED;
    struct slice body = slice_from(value, HEADER_BYTES);
    switch (value.data[ENCODING_AT]) {
    case DENSE:
        return add_dense(hll, body);
    case SPARSE:
        return add_sparse(hll, body);
    default:
        return JALON_DAMAGED;
    }
}

/* Ertl's sigma, for the share of registers at 0: x + the sum of x^(2^k) × 2^(k-1). */
static double sigma(double x)
{
    double sum = x, weight = 1, before;
    if (x == 1)
        return INFINITY;
    do {
        x *= x;
        before = sum;
        sum += x * weight;
        weight += weight;
    } while (sum != before);
    return sum;
}

/* Ertl's tau, for the share of registers below the highest rank. */
static double tau(double x)
{
    double sum = 1 - x, weight = 1, before;
    if (x == 0 || x == 1)
        return 0;
    do {
        x = sqrt(x);
        before = sum;
        weight *= 0.5;
        sum -= (1 - x) * (1 - x) * weight;
    } while (sum != before);
    return sum / 3;
}

uint64_t hll_count(const struct hll *hll)
{
    const double m = HLL_REGISTERS;
    double z = m * tau((m - hll->histogram[HLL_RANK_MAX]) / m);
    for (unsigned rank = HLL_RANK_MAX - 1; rank >= 1; rank--)
        z = 0.5 * (z + hll->histogram[rank]);
    z += m * sigma(hll->histogram[0] / m);
    const double alpha = 0.5 / M_LN2;
    return (uint64_t)llround(alpha * m * m / z);
}
