/* note.h - what a report says in sentences. Each keeps its values, and of what kind they are, beside its words: whoever says
 * it in another language translates the sentence, and never what a user has named. */
#ifndef REPORT_NOTE_H
#define REPORT_NOTE_H
#include "core/base/buffer.h"
#include "core/report/sink.h"

/* The arguments that end a call of totals_note(). */
#define NOTE_VALUES(...)                                                                           \
    (const struct note_value[]){__VA_ARGS__},                                                      \
        sizeof((const struct note_value[]){__VA_ARGS__}) / sizeof(struct note_value)
#define NOTE_NO_VALUES NULL, 0

struct note_value note_name(struct slice name);       /* what users have named: as it is */
struct note_value note_term(const char *english);     /* a word of ours */
struct note_value note_count(size_t count);           /* for totals_note(), which writes it out */
struct note_value note_number(struct slice plain);    /* "1234.50", "2.31 %" */
struct note_value note_moment(const char *date_time); /* of RFC 3339 */

/* Appends it in English, its values as programs read them. */
void note_append(struct buffer *out, const struct note *note);
#endif
