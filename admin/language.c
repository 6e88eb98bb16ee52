#include "admin/language.h"
#include "admin/csv_out.h"
#include "core/ledger/evidence_line.h"
#include "core/ledger/moment.h"

#define DATE_SIZE 10
#define VALUES_MAX 8
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

static bool takes(struct slice *rest, struct slice start)
{
    if (!slice_starts(*rest, start))
        return false;
    *rest = slice_from(*rest, start.size);
    return true;
}

/* Does `note` read as `pattern`, with something for each "%"? Those are put into ret_values. */
static bool matches(struct slice note, const char *pattern, struct slice ret_values[VALUES_MAX])
{
    struct slice rest = slice_of_string(pattern);
    if (!takes(&note, slice_take(&rest, '%')))
        return false;
    for (size_t i = 0; i < VALUES_MAX && rest.size; i++) {
        struct slice literal = slice_take(&rest, '%');
        size_t at = 0;
        if (rest.size == 0 &&
            note.size >= literal.size) /* the end is the end: "0.5." has two stops */
            at = note.size - literal.size;
        while (at < note.size && !slice_starts(slice_from(note, at), literal))
            at++;
        ret_values[i] = slice_first(note, at);
        note = slice_from(note, at);
        if (!takes(&note, literal))
            return false;
    }
    return note.size == 0;
}

/* "2.31 %", as sentences have it. */
static bool is_percentage(struct slice value, struct slice *ret_number)
{
    static const struct slice sign = SLICE_INIT(" %");
    *ret_number = slice_first(value, value.size > sign.size ? value.size - sign.size : 0);
    return csv_out_is_number(*ret_number) && slice_equal(slice_from(value, ret_number->size), sign);
}

/* A value in a sentence: one of our words, a number, a percentage, a moment, or anything else. */
static void append_value(struct buffer *out, const struct language *language, struct slice value)
{
    struct slice number;
    for (const struct translation *word = language->words; language->notes && word->english; word++)
        if (slice_is(value, word->english)) {
            buffer_append_string(out, word->other);
            return;
        }
    if (csv_out_is_number(value))
        language_number(out, language, value);
    else if (is_percentage(value, &number)) {
        language_number(out, language, number);
        buffer_append_string(out, language->percent);
    } else
        language_date(out, language, value);
}

void language_note(struct buffer *out, const struct language *language, struct slice note)
{
    struct slice values[VALUES_MAX];
    const struct translation *pattern = language_french.notes; /* has all sentences there are */
    while (pattern && pattern->english && !matches(note, pattern->english, values))
        pattern++;
    if (!pattern || !pattern->english) {
        buffer_append(out, note);
        return;
    }
    size_t value = 0;
    for (const char *at = language->notes ? pattern->other : pattern->english; *at; at++) {
        if (*at == '%')
            append_value(out, language, values[value++]);
        else
            buffer_append_byte(out, *at);
    }
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
