/* sink.h - where a report's rows go. A report calls begin once, row for each row, end once. */
#ifndef REPORT_SINK_H
#define REPORT_SINK_H
#include "core/ledger/money.h"

enum cell_kind {
    CELL_NULL, /* unknown: null, an empty field, a dash */
    CELL_TEXT,
    CELL_COUNT,   /* an integer */
    CELL_SHARE,   /* a count in millionths (linear attribution): a decimal of at most 6 places */
    CELL_RATIO,   /* a double, rounded to 6 decimals */
    CELL_MONEY,   /* minor units with `exponent`: a string */
    CELL_DECIMAL, /* text that is a number already (cost_per_*, revenue_per_click): a string */
    CELL_COUNTS,  /* an object: names → counts (conversions, invalid_clicks, conversions_by) */
};

/* What a text is put together from, for those who write it in another language. */
enum piece_kind {
    PIECE_TEXT,   /* as it is */
    PIECE_TERM,   /* a word of ours */
    PIECE_NUMBER, /* "1234.50", "8%" */
    PIECE_DATE,   /* a date, or a moment of RFC 3339 */
};

struct piece {
    enum piece_kind kind;
    size_t size;
};

struct named_count {
    struct slice name;
    int64_t micro; /* millionths */
};

struct cell {
    enum cell_kind kind;
    unsigned exponent; /* MONEY: of its currency */
    union {
        struct {
            struct slice text;          /* TEXT, DECIMAL */
            const struct piece *pieces; /* TEXT: one behind another they are `text`; or none */
            size_t piece_count;
        };
        struct {
            const struct named_count *counts; /* COUNTS */
            size_t count_count;
        };
        wide minor; /* MONEY */
    };
    union {
        int64_t
            number; /* COUNT, SHARE (micro); TEXT: what it is sorted by before its letters, or 0 */
        double ratio; /* RATIO; DECIMAL: what it is sorted by */
    };
};

struct column {
    const char *field;   /* JSON and CSV name */
    const char *heading; /* for people */
    /* Of its non-null cells: tells alignment. CELL_TEXT over cells of CELL_COUNTS: names without end (creators), which
     * CSV keeps in one cell. */
    enum cell_kind kind;
    bool is_wide_only; /* a table leaves it out where the terminal is narrow */
    bool has_total;    /* else it names a row, and totals leave it out */
};

struct report_heading {
    const char *report;
    const struct slice *campaigns;
    const struct slice *brands;      /* of each campaign */
    const struct slice *disclosures; /* of each campaign; empty: none */
    size_t campaign_count;
    struct slice from, to, timezone, currency; /* empty: null */
    const struct column *columns;
    size_t column_count;
};

struct usual { /* what is usual elsewhere, to hold a figure of the rows against */
    const char *field;
    struct slice tier; /* of whom; empty: of any */
    double low, high;
    struct slice source;
};

struct note_value {
    enum piece_kind kind;
    struct slice text;
    size_t count; /* NUMBER that has no text yet */
};

struct note {             /* a sentence for people */
    const char *sentence; /* in English, with a "%" for each value; outlives the report */
    const struct note_value *values;
    size_t value_count;
};

struct currency_totals { /* the totals of the rows of one currency */
    struct slice currency;
    const struct cell *cells; /* column_count */
    struct cell unattributed_revenue;
};

struct report_ending {
    const struct cell *totals; /* column_count cells; CELL_NULL where a total makes no sense */
    const struct named_count *unattributed; /* conversions by type */
    size_t unattributed_count;
    struct cell unattributed_revenue;
    bool
        has_unattributed; /* false: the report is about one creator, and tells nothing of the rest */
    /* Where the rows' currencies differ, and else none: then money in `totals` is null. */
    const struct currency_totals *by_currency;
    size_t currency_count;
    const struct usual *usual; /* where the query wants it */
    size_t usual_count;
    const struct note *notes; /* what is unknown, what is thin */
    size_t note_count;
};

/* What a sink is given lives until its `end` returns, a row's cells only for the call. Errors end the
 * report and are returned by report_run(). */
struct report_sink {
    int (*begin)(struct report_sink *sink, const struct report_heading *heading);
    int (*row)(struct report_sink *sink, const struct cell *cells);
    int (*end)(struct report_sink *sink, const struct report_ending *ending);
};
#endif
