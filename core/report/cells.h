/* cells.h - figures as cells of a row. */
#ifndef REPORT_CELLS_H
#define REPORT_CELLS_H
#include "core/ledger/metrics.h"
#include "core/report/sink.h"

#define CELL_DECIMAL_MAX 48

struct cell cell_null(void);
struct cell cell_text(struct slice text);               /* empty: null */
struct cell cell_moment(struct slice text, int64_t ms); /* sorted by the moment, earliest first */
struct cell cell_count(int64_t number);
struct cell cell_known(bool is_known, int64_t number); /* a count, or null */
struct cell cell_share(int64_t micro);
struct cell cell_ratio(struct ratio ratio);
struct cell cell_money(wide minor, unsigned exponent);
struct cell cell_counts(const struct named_count *counts, size_t count);
/* `minor` / (`count_micro` millionths), null over zero; its text goes to `memory`. */
struct cell cell_per(char memory[CELL_DECIMAL_MAX], wide minor, unsigned exponent,
                     int64_t count_micro);
/* `minor` over an estimate, null over zero. */
struct cell cell_per_estimate(char memory[CELL_DECIMAL_MAX], wide minor, unsigned exponent,
                              double divisor);

/* Whether and how `a` comes before `b` when rows are sorted by this cell: < 0, 0 or > 0. Numbers from the
 * highest, texts from A to Z, what is unknown last. */
int cell_compare(const struct cell *a, const struct cell *b);
#endif
