/* payout_book.h - the costs of a payout with what they rest on: of the orders of its own days, or of those of
 * earlier days, which count with what changed about them since. */
#ifndef REPORT_PAYOUT_BOOK_H
#define REPORT_PAYOUT_BOOK_H
#include "core/report/creator_book.h"
#include "core/report/pieces.h"

#define PAYOUT_ORDERS_SHOWN 20

struct payout_evidence { /* the orders of one line */
    int64_t orders;
    struct pieces text; /* the first of them, each with its part of the base */
};

struct payout_book { /* zeroed: empty */
    struct creator_book book;
    bool is_earlier;                  /* it is about the days before the report's range */
    struct payout_evidence *evidence; /* part_count × COST_KIND_COUNT */
    size_t part_count;                /* when the ranges were cut: those with costs among them */
    int64_t pending_orders;           /* among those with a line: not approved yet */
    int64_t unpaid_orders;            /* credited to somebody without costs */
};

/* Reads and cuts the costs. book.scope and book.totals are set by the caller. */
CHECKED int payout_book_open(struct payout_book *payouts);
/* Adds what happened to the order between the two moments, and to whom it was credited, to the lines of the creators. */
CHECKED int payout_book_add(struct payout_book *payouts, const struct order *order,
                            int64_t since_ms, int64_t before_ms);
/* The orders of a line. */
struct payout_evidence *payout_book_evidence(const struct payout_book *payouts, size_t part,
                                             enum cost_kind kind);
void payout_book_done(struct payout_book *payouts);
#endif
