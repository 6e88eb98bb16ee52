#include "admin/language.h"
#include "admin/csv_out.h"
#include "core/ledger/evidence_line.h"
#include "core/ledger/moment.h"

#define DATE_SIZE 10
#define WHOLE 1000000 /* a count's millionths */

/* Names of fields and states, as people write them. */
static const struct translation words[] = {
    {"commission_code", "commission, code"},
    {"first-click", "first click"},
    {"key-retired", "key retired"},
    {"own", "of the period"},
    {"per_click", "per click"},
    {"per_conversion", "per result"},
    {"per_conversion_code", "per result, code"},
    {NULL, NULL},
};

static const struct translation plurals[] = {
    {"sale", "sales"}, {"signup", "signups"}, {"lead", "leads"}, {NULL, NULL}};

const struct language language_english = {.code = "en",
                                          .decimal = ".",
                                          .group = ",",
                                          .percent = " %",
                                          .colon = ":",
                                          .unit = " ",
                                          .words = words,
                                          .plurals = plurals,
                                          .evidence = &evidence_words_english};

const struct language *language_find(struct slice code)
{
    static const struct language *const languages[] = {&language_english, &language_french};
    if (code.size == 0)
        return &language_english;
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        if (slice_is(code, languages[i]->code))
            return languages[i];
    return NULL;
}

const char *language_text(const struct language *language, const char *english)
{
    for (const struct translation *word = language->words; word->english; word++)
        if (strcmp(word->english, english) == 0)
            return word->other;
    return english;
}

const char *language_counted(const struct language *language, const char *english, int64_t micro)
{
    bool is_one = language->is_part_one ? micro > -2 * WHOLE && micro < 2 * WHOLE
                                        : micro == WHOLE || micro == -WHOLE;
    for (const struct translation *word = language->plurals; word->english && !is_one; word++)
        if (strcmp(word->english, english) == 0)
            return word->other;
    return language_text(language, english);
}

void language_term(struct buffer *out, const struct language *language, struct slice english)
{
    char text[64];
    if (slice_to_string(text, sizeof text, english) == JALON_OK)
        buffer_append_string(out, language_text(language, text));
    else
        buffer_append(out, english);
}

/* "8%", or "2.31 %" as sentences have it. */
static void append_number(struct buffer *out, const struct language *language, struct slice text)
{
    bool is_percentage = text.size && text.data[text.size - 1] == '%';
    language_number(out, language, slice_trim(slice_first(text, text.size - is_percentage)));
    buffer_append_string(out, is_percentage ? language->percent : "");
}

void language_piece(struct buffer *out, const struct language *language, enum piece_kind kind,
                    struct slice text)
{
    switch (kind) {
    case PIECE_TEXT:
        buffer_append(out, text);
        break;
    case PIECE_TERM:
        language_term(out, language, text);
        break;
    case PIECE_NUMBER:
        append_number(out, language, text);
        break;
    case PIECE_DATE:
        language_date(out, language, text);
        break;
    }
}

static const char *sentence_of(const struct language *language, const char *english)
{
    for (const struct translation *note = language->notes; note && note->english; note++)
        if (strcmp(note->english, english) == 0)
            return note->other;
    return english;
}

void language_note(struct buffer *out, const struct language *language, const struct note *note)
{
    struct slice rest = slice_of_string(sentence_of(language, note->sentence));
    for (size_t i = 0; i < note->value_count; i++) {
        buffer_append(out, slice_take(&rest, '%'));
        language_piece(out, language, note->values[i].kind, note->values[i].text);
    }
    buffer_append(out, rest);
}

void language_number(struct buffer *out, const struct language *language, struct slice plain)
{
    if (!csv_out_is_number(plain)) {
        buffer_append(out, plain);
        return;
    }
    if (plain.data[0] == '-') {
        buffer_append_byte(out, '-');
        plain = slice_from(plain, 1);
    }
    size_t whole = slice_find(plain, '.', 0);
    for (size_t i = 0; i < whole; i++) {
        if (i && (whole - i) % 3 == 0)
            buffer_append_string(out, language->group);
        buffer_append_byte(out, plain.data[i]);
    }
    if (whole == plain.size)
        return;
    buffer_append_string(out, language->decimal);
    buffer_append(out, slice_from(plain, whole + 1));
}

void language_percentage(struct buffer *out, const struct language *language, double ratio,
                         bool is_bare)
{
    char memory[512]; /* any double */
    struct buffer plain;
    buffer_over(&plain, memory, sizeof memory);
    buffer_printf(&plain, "%.2f", ratio * 100);
    language_number(out, language, buffer_slice(&plain));
    if (!is_bare)
        buffer_append_string(out, language->percent);
}

/* ":00" seconds say nothing; an offset stands apart. */
static void append_time(struct buffer *out, struct slice time)
{
    struct slice clock = slice_first(time, 8), offset = slice_from(time, 8);
    if (offset.size && offset.data[0] == '.') { /* what is under a second is for programs */
        size_t size = 1;
        while (size < offset.size && offset.data[size] >= '0' && offset.data[size] <= '9')
            size++;
        offset = slice_from(offset, size);
    }
    if (slice_is(slice_from(clock, 5), ":00"))
        clock = slice_first(clock, 5);
    buffer_printf(out, " %.*s", SLICE_ARG(clock));
    if (slice_is(offset, "Z"))
        buffer_append_string(out, " UTC");
    else
        buffer_printf(out, " %.*s", SLICE_ARG(offset));
}

void language_date(struct buffer *out, const struct language *language, struct slice text)
{
    date_day day;
    int64_t ms;
    struct slice date = slice_first(text, DATE_SIZE);
    bool has_time = text.size > DATE_SIZE;
    if (date_parse(&day, date) != JALON_OK || (has_time && moment_parse(&ms, text) != JALON_OK)) {
        buffer_append(out, text);
        return;
    }
    if (language->is_day_first)
        buffer_printf(out, "%.2s/%.2s/%.4s", date.data + 8, date.data + 5, date.data);
    else
        buffer_append(out, date);
    if (has_time)
        append_time(out, slice_from(text, DATE_SIZE + 1));
}
