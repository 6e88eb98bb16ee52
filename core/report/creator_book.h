/* creator_book.h - who takes part in which campaign, and what is dated there.
 *
 * A part is a creator in one campaign, with its own days, rates and clicks; a row is one part, or sums up several.
 * The range of a part is cut into stretches where one of its rates changes. */
#ifndef REPORT_CREATOR_BOOK_H
#define REPORT_CREATOR_BOOK_H
#include "core/ledger/cost.h"
#include "core/report/clicks.h"
#include "core/report/totals.h"

enum book_rows {
    BOOK_OF_CREATORS, /* one a creator and currency */
    BOOK_OF_CAMPAIGNS,
    BOOK_OF_PARTS,
};

struct row_past {      /* what changed since the range was over; figures_past.h */
    struct sums first; /* what it was more than it is; after figures_past_end(), what it was */
    bool is_changed;
    size_t campaign; /* whose day the change was on */
    int64_t changed_ms;
    char day[DATE_TEXT_MAX];
};

struct creator_row {
    struct slice creator;               /* of the book's index; empty: a row of all of a campaign */
    size_t campaign;                    /* of a campaign's or a part's row */
    struct slice name, platform, niche; /* of the arena; empty: unknown; niche: the first */
    bool has_more_niches;
    int64_t followers; /* UNKNOWN_COUNT */
    size_t currency;   /* in the totals */
    unsigned exponent;
    struct sums sums;
    struct row_past *past; /* of the arena; NULL: nothing changed */
};

struct creator_part {
    size_t row, campaign;
    size_t first_cost, cost_count;
    size_t first_stretch, stretch_count; /* 0 before creator_book_cut() */
    size_t first_moment;                 /* stretch_count + 1 of them */
};

struct dated_cost {
    size_t part;
    struct cost_entry entry;
};

struct creator_book { /* zeroed: empty */
    const struct scope *scope;
    const struct totals *totals; /* tells the currency of a campaign */
    enum book_rows kind;
    struct arena arena;
    struct name_index row_names, part_names;
    struct creator_row *rows;
    size_t row_count, row_capacity;
    struct creator_part *parts;
    size_t part_count, part_capacity;
    struct dated_cost *costs; /* by part and day, once cut */
    size_t cost_count, cost_capacity;
    struct cost_entry *entries; /* of `costs`, in their order */
    int64_t *moments_ms;
    int64_t *humans;         /* by stretch */
    struct cost_base *bases; /* by stretch */
};

/* The row that figures of `creator` in a campaign go to, made when it is new. */
CHECKED int creator_book_row(struct creator_book *book, size_t campaign, struct slice creator,
                             size_t *ret_row);
/* The part of `creator` in a campaign, made when it is new. */
CHECKED int creator_book_part(struct creator_book *book, size_t campaign, struct slice creator,
                              size_t *ret_part);
/* Reads the campaigns' costs and posts; each makes its creator take part. */
CHECKED int creator_book_read(struct creator_book *book);
/* Cuts the ranges, when all costs are known. */
CHECKED int creator_book_cut(struct creator_book *book);
/* The base that something of that moment within the range belongs to; NULL for a part without costs that
 * came after the cut. */
struct cost_base *creator_book_base(struct creator_book *book, size_t part, int64_t at_ms);
/* Fills the clicks of the bases, and the figures of clicks of the rows, from the links of those who take part. */
CHECKED int creator_book_click(struct creator_book *book, const struct link_set *links);
/* Adds what each part costs to its row, when all bases are filled. */
void creator_book_charge(struct creator_book *book);
/* Reads name, platform, niche and followers of each row's creator; rows are no campaigns. */
CHECKED int creator_book_name(struct creator_book *book);
void creator_book_done(struct creator_book *book);
#endif
