#include "admin/language.h"
#include "core/ledger/attribution.h"
#include "core/ledger/cost.h"
#include "core/report/note.h"
#include "core/report/report.h"
#include "core/report/sink.h"
#include "core/traffic/agents.h"
#include "core/traffic/click_class.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define NARROW "\u202f"

static struct buffer out;

static const char *written(void)
{
    static char text[1024];
    assert_int_equal(slice_to_string(text, sizeof text, buffer_slice(&out)), JALON_OK);
    buffer_clear(&out);
    return text;
}

static int begin(void **state)
{
    (void)state;
    buffer_init(&out, 1024);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buffer_done(&out);
    return 0;
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *plain, *english, *french;
    } rows[] = {
        {"0", "0", "0"},
        {"999", "999", "999"},
        {"1000", "1,000", "1" NARROW "000"},
        {"-1000", "-1,000", "-1" NARROW "000"},
        {"-999.5", "-999.5", "-999,5"},
        {"1234567.0001", "1,234,567.0001", "1" NARROW "234" NARROW "567,0001"},
        {"100000", "100,000", "100" NARROW "000"},
        {"", "", ""},
        {"1.2.3", "1.2.3", "1.2.3"},
        {"nan", "nan", "nan"},
        {"inf", "inf", "inf"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        language_number(&out, &language_english, slice_of_string(rows[i].plain));
        assert_string_equal(written(), rows[i].english);
        language_number(&out, &language_french, slice_of_string(rows[i].plain));
        assert_string_equal(written(), rows[i].french);
    }
}

static void test_percentages(void **state)
{
    (void)state;
    language_percentage(&out, &language_english, 0.0231, false);
    assert_string_equal(written(), "2.31 %");
    language_percentage(&out, &language_french, 0.0231, false);
    assert_string_equal(written(), "2,31" NARROW "%");
    language_percentage(&out, &language_french, 12.5, true);
    assert_string_equal(written(), "1" NARROW "250,00");
}

static void test_dates(void **state)
{
    (void)state;
    static const struct {
        const char *text, *english, *french;
    } rows[] = {
        {"2026-11-29", "2026-11-29", "29/11/2026"},
        {"2026-10-25T02:00:00+01:00", "2026-10-25 02:00 +01:00", "25/10/2026 02:00 +01:00"},
        {"2026-11-30T01:01:02.397+01:00", "2026-11-30 01:01:02 +01:00",
         "30/11/2026 01:01:02 +01:00"},
        {"2026-11-29T11:45:12Z", "2026-11-29 11:45:12 UTC", "29/11/2026 11:45:12 UTC"},
        {"2026-02-30", "2026-02-30", "2026-02-30"}, /* there is none */
        {"2026-11-29-summer", "2026-11-29-summer", "2026-11-29-summer"},
        {"", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        language_date(&out, &language_english, slice_of_string(rows[i].text));
        assert_string_equal(written(), rows[i].english);
        language_date(&out, &language_french, slice_of_string(rows[i].text));
        assert_string_equal(written(), rows[i].french);
    }
}

static struct note note_of(const char *sentence, const struct note_value *values,
                           size_t value_count)
{
    return (struct note){sentence, values, value_count};
}

static void test_notes(void **state)
{
    (void)state;
    const struct {
        struct note note;
        const char *english, *french;
    } rows[] = {
        {note_of("Posts lack impressions, so the CTR is unknown (%: %).",
                 NOTE_VALUES(note_term("creators"), note_number(SLICE("1200")))),
         "Posts lack impressions, so the CTR is unknown (creators: 1,200).",
         "Des posts n’ont pas d’impressions, le taux de clic est donc inconnu (créateurs" NARROW
         ": 1" NARROW "200)."},
        {note_of("Conversions credited by promo code alone, so to no link: %.",
                 NOTE_VALUES(note_number(SLICE("0.5")))),
         "Conversions credited by promo code alone, so to no link: 0.5.",
         "Conversions créditées par le seul code promo, donc à aucun lien" NARROW ": 0,5."},
        {note_of("Clicks were lost before they reached the store (gaps: %, the last before %): the "
                 "figures of those days are too low.",
                 NOTE_VALUES(note_number(SLICE("2")), note_moment("2026-11-29T11:45:00Z"))),
         "Clicks were lost before they reached the store (gaps: 2, the last before "
         "2026-11-29 11:45 UTC): the figures of those days are too low.",
         "Des clics ont été perdus avant d’être enregistrés (interruptions" NARROW
         ": 2, la dernière avant le 29/11/2026 11:45 UTC)" NARROW
         ": les chiffres de ces jours sont trop bas."},
        {note_of("Usual %: % to % (source: %).",
                 NOTE_VALUES(note_term("click-through rate"), note_number(SLICE("1.50 %")),
                             note_number(SLICE("1000%")), note_name(SLICE("revenue, 2026-11-29")))),
         "Usual click-through rate: 1.50 % to 1,000 % (source: revenue, 2026-11-29).",
         "Valeurs usuelles, taux de clic" NARROW ": de 1,50" NARROW "% à 1" NARROW "000" NARROW
         "% (source" NARROW ": revenue, 2026-11-29)."},
        {note_of("Nobody translated this: %.", NOTE_VALUES(note_number(SLICE("7000")))),
         "Nobody translated this: 7,000.", "Nobody translated this: 7" NARROW "000."},
        {note_of("", NOTE_NO_VALUES), "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        language_note(&out, &language_english, &rows[i].note);
        assert_string_equal(written(), rows[i].english);
        language_note(&out, &language_french, &rows[i].note);
        assert_string_equal(written(), rows[i].french);
    }
}

/* A creator, a niche or a channel may be called anything: a number, a date, a word of ours, a part of the sentence. */
static void test_names_in_notes_stay(void **state)
{
    (void)state;
    static const char *const names[] = {
        "12000",        "-1234.5", "80%",     "2.31 %",  "2026-11-29", "revenue",
        "content",      "phone",   "a and b", "% and %", "",           "b cannot be told apart by",
        "Nothing moves"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct note note =
            note_of("% and % have the same % so far.",
                    NOTE_VALUES(note_name(slice_of_string(names[i])), note_name(SLICE("7000")),
                                note_term("conversion rate")));
        char wanted[128];
        snprintf(wanted, sizeof wanted, "%s and 7000 have the same conversion rate so far.",
                 names[i]);
        language_note(&out, &language_english, &note);
        assert_string_equal(written(), wanted);
        snprintf(wanted, sizeof wanted, "%s et 7000 ont jusqu’ici le même taux de conversion.",
                 names[i]);
        language_note(&out, &language_french, &note);
        assert_string_equal(written(), wanted);
        note_append(&out, &note);
        snprintf(wanted, sizeof wanted, "%s and 7000 have the same conversion rate so far.",
                 names[i]);
        assert_string_equal(written(), wanted);
    }
}

/* English counts 1 as one; French all under 2 (Grevisse, Le Bon Usage: « 1,5 million »). */
static void test_counted(void **state)
{
    (void)state;
    static const struct {
        int64_t micro;
        const char *english, *french;
    } rows[] = {
        {0, "sales", "vente"},       {500000, "sales", "vente"},   {1000000, "sale", "vente"},
        {1500000, "sales", "vente"}, {2000000, "sales", "ventes"}, {-1000000, "sale", "vente"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(language_counted(&language_english, "sale", rows[i].micro),
                            rows[i].english);
        assert_string_equal(language_counted(&language_french, "sale", rows[i].micro),
                            rows[i].french);
    }
    assert_string_equal(language_counted(&language_english, "rental", 2000000), "rental");
    assert_string_equal(language_counted(&language_french, "lead", 2000000), "prospects");
}

static void assert_translated(const char *english)
{
    const struct translation *word = language_french.words;
    while (word->english && strcmp(word->english, english) != 0)
        word++;
    if (!word->english)
        fail_msg("french.c lacks \"%s\"", english);
}

/* The words around tables are held against the sources by tests/integration/test_report_html.py. */
static void test_reports_and_columns_are_translated(void **state)
{
    (void)state;
    for (size_t report = 0; report_name(report); report++) {
        size_t count;
        const struct column *columns = report_columns(report, &count);
        assert_translated(report_name(report));
        for (size_t i = 0; i < count; i++)
            assert_translated(columns[i].heading);
    }
}

/* What cells say in words of ours. */
static void test_terms_are_translated(void **state)
{
    (void)state;
    static const char *const unattributed[] = {
        "no-evidence",      "unknown-code",           "mistyped-code",
        "code-not-valid",   "forged-click-id",        "unknown-click-id",
        "late-click",       "click-after-conversion", "click-not-registered-yet",
        "code-assists-only"};
    for (size_t i = 0; i < sizeof unattributed / sizeof *unattributed; i++)
        assert_translated(unattributed[i]);
    for (unsigned i = CLICK_REASON_NONE + 1; *click_reason_name((enum click_reason)i); i++)
        assert_translated(click_reason_name((enum click_reason)i));
    for (unsigned i = 1; i <= CLICK_CLASS_MAX; i++)
        assert_translated(click_class_name((enum click_class)i));
    for (unsigned i = 1; *device_name((uint8_t)i); i++)
        assert_translated(device_name((uint8_t)i));
    for (unsigned i = 0; i < COST_KIND_COUNT; i++)
        assert_translated(cost_kind_name((enum cost_kind)i));
    for (unsigned i = EVIDENCE_CLICK; i <= EVIDENCE_BOTH; i++)
        assert_translated(evidence_kind_name((enum evidence_kind)i));
}

static size_t count_values(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '%';
    return count;
}

static void test_sentences_keep_their_values(void **state)
{
    (void)state;
    for (const struct translation *note = language_french.notes; note->english; note++)
        assert_int_equal(count_values(note->english), count_values(note->other));
}

static void test_find(void **state)
{
    (void)state;
    assert_ptr_equal(language_find(SLICE("")), &language_english);
    assert_ptr_equal(language_find(SLICE("en")), &language_english);
    assert_ptr_equal(language_find(SLICE("fr")), &language_french);
    assert_null(language_find(SLICE("FR")));
    assert_null(language_find(SLICE("f")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_percentages),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_names_in_notes_stay),
        cmocka_unit_test(test_counted),
        cmocka_unit_test(test_reports_and_columns_are_translated),
        cmocka_unit_test(test_terms_are_translated),
        cmocka_unit_test(test_sentences_keep_their_values),
        cmocka_unit_test(test_find),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
