/* language.h - how a language writes numbers and dates, and its words for what reports say: for people only, CSV and
 * JSON are the same in each. */
#ifndef ADMIN_LANGUAGE_H
#define ADMIN_LANGUAGE_H
#include "core/base/buffer.h"
#include "core/report/sink.h"

struct evidence_words; /* core/ledger/evidence_line.h */

struct translation {
    const char *english, *other;
};

struct language {
    const char *code;    /* BCP 47: "fr" */
    const char *decimal; /* between whole and decimals */
    const char *group;   /* between groups of three digits, of four digits and more */
    const char *percent; /* behind a percentage */
    const char *colon;   /* behind a word, before a space */
    const char *unit;    /* between a number and its unit */
    bool is_day_first;   /* 29/11/2026, else 2026-11-29 */
    bool is_part_one;    /* 1.5 of something is singular; else only 1 is */
    const struct evidence_words *evidence;
    const struct translation *words;   /* ended by NULL */
    const struct translation *plurals; /* of terms that are counted; ended by NULL */
    const struct translation *notes;   /* sentences of notes; ended by NULL; of English: NULL */
};

extern const struct language language_english, language_french;

/* By its code; NULL when there is none. Empty: English. */
const struct language *language_find(struct slice code);

/* The language's text for an English one; the English where it has none. */
const char *language_text(const struct language *language, const char *english);
/* The text for so many millionths of an English term: 1 "sale", 2 "sales". */
const char *language_counted(const struct language *language, const char *english, int64_t micro);
/* Appends a word of ours, or what is none as it is. */
void language_term(struct buffer *out, const struct language *language, struct slice english);
/* Appends what a text is put together from, as the language writes that. */
void language_piece(struct buffer *out, const struct language *language, enum piece_kind kind,
                    struct slice text);
/* Appends a note with its values as the language writes them; its sentence in English where the language has none. */
void language_note(struct buffer *out, const struct language *language, const struct note *note);

/* Appends "-1234.50" as "-1,234.50" or "-1 234,50"; what is no number, as it is. */
void language_number(struct buffer *out, const struct language *language, struct slice plain);
/* Appends a ratio as a percentage with two decimals; without the sign for `is_bare`. */
void language_percentage(struct buffer *out, const struct language *language, double ratio,
                         bool is_bare);
/* Appends a date, or a date-time of RFC 3339; anything else as it is. */
void language_date(struct buffer *out, const struct language *language, struct slice text);
#endif
