/* evidence_line.h - why an order is whose, as one line to print:
 *   Order 1042: Marie, code MARIE10 (checked), click 3 d 4 h before; assist: Tom, story
 * A pure function of the attribution and of names; what is said in a language is a table of words. */
#ifndef LEDGER_EVIDENCE_LINE_H
#define LEDGER_EVIDENCE_LINE_H
#include "core/base/buffer.h"
#include "core/ledger/attribution.h"

struct evidence_words; /* a language; fields live in evidence_line.c */
extern const struct evidence_words evidence_words_english, evidence_words_french;

/* The name to show for a creator's slug. */
typedef struct slice creator_name(void *context, struct slice creator);

struct evidence_line {
    struct slice order_id,
        code_text; /* code_text: as the shop wrote it; empty: none, or not to be told */
    bool is_code_disabled, is_code_over_limit; /* when the order came */
    const struct evidence *evidence;
    const struct attribution *attribution; /* of that evidence */
    creator_name *name_of;                 /* an empty name: "another creator" */
    void *context;                         /* of name_of */
};

/* Appends the line, without a line end. Creators who share an order have their part in front of the evidence ("Marie
 * (1/2), …"); an assist is named by its code, or by the channel of its click. */
void evidence_line_write(struct buffer *out, const struct evidence_line *line,
                         const struct evidence_words *words);

/* Why nobody is credited, in words: `reason` is attribution.unattributed. */
void evidence_reason_write(struct buffer *out, const char *reason, struct slice code_text,
                           const struct evidence_words *words);
#endif
