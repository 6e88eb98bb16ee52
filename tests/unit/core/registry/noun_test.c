#include "core/registry/field.h"
#include "core/registry/noun.h"
#include "core/registry/thing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* CONTRACT.md section 9: the columns of each import file. */
static void columns_are_the_contracts(void **state)
{
    static const struct {
        const char *noun, *columns;
    } rows[] = {
        {"creator", "creator,name,platform,followers,niche"},
        {"link", "campaign,creator,channel,target,slug,expires_at"},
        {"cost", "campaign,creator,date,fee,per_click,per_conversion,commission,product,per_"
                 "conversion_code,"
                 "commission_code"},
        {"post",
         "campaign,creator,url,published_at,taken_at,impressions,reach,likes,comments,shares,"
         "saves"},
        {"conversion", "campaign,order_id,type,amount,currency,click_id,code,occurred_at,status"},
        {"token", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct noun *noun = noun_find(slice_of_string(rows[i].noun));
        char columns[256] = "";
        struct buffer out;
        buffer_over(&out, columns, sizeof columns);
        for (size_t j = 0; j < noun->field_count; j++)
            if (noun->fields[j].flags & FIELD_COLUMN)
                buffer_printf(&out, "%s%s", out.size ? "," : "", noun->fields[j].name);
        assert_string_equal(columns, rows[i].columns);
    }
}

static void every_field_can_be_explained(void **state)
{
    (void)state;
    const struct noun *noun;
    for (size_t i = 0; (noun = noun_at(i)); i++) {
        assert_ptr_equal(noun_find(slice_of_string(noun->name)), noun);
        for (size_t j = 0; j < noun->field_count; j++) {
            const struct field *field = &noun->fields[j];
            assert_ptr_equal(noun_field(noun, slice_of_string(field->name)), field);
            assert_true(strlen(field->help) > 3);
            bool has_bound = field->kind == FIELD_TEXT || field->kind == FIELD_COUNT ||
                             field->kind == FIELD_NAME || field->kind == FIELD_TAGS ||
                             field->kind == FIELD_HOSTS || field->kind == FIELD_CLICK_IDS;
            assert_int_equal(field->max > 0, has_bound);
            if (field->kind == FIELD_CHOICE)
                assert_non_null(field->choices);
            if (field->fallback && field->choices)
                assert_true(field_is_choice(field->choices, slice_of_string(field->fallback)));
        }
    }
    assert_null(noun_find(SLICE("")));
    assert_null(noun_find(SLICE("nouns")));
    assert_null(noun_at(99));
    assert_null(noun_field(noun_find(SLICE("link")), SLICE("links")));
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 20);
    size_t size = file && text ? fread(text, 1, (1 << 20) - 1, file) : 0;
    if (file)
        (void)fclose(file); /* only read */
    assert_true(size > 0);
    return text;
}

static size_t count_api_fields(const struct noun *noun)
{
    size_t count = 0;
    for (size_t i = 0; i < noun->field_count; i++)
        count += !(noun->fields[i].flags & FIELD_MAPPED);
    return count;
}

/* docs/api.md has a table of fields for each noun of the API: a row each, and no other. */
static void the_api_document_has_each_field(void **state)
{
    static const char *const documented[] = {"link", "code", "conversion", "refund"};
    (void)state;
    char *docs = read_file(TESTS_FOLDER "/../docs/api.md");
    for (size_t i = 0; i < COUNT(documented); i++) {
        char heading[64];
        (void)snprintf(heading, sizeof heading, "#### Fields of a %s\n", documented[i]);
        const char *row = strstr(docs, heading);
        assert_non_null(row);
        const struct noun *noun = noun_find(slice_of_string(documented[i]));
        size_t rows = 0;
        const char *end = strstr(row + strlen(heading) + 1, "\n\n");
        while ((row = strstr(row, "\n| `")) && row < end) {
            row += 4;
            struct slice name = slice_of(row, strcspn(row, "`"));
            if (!noun_field(noun, name))
                fail_msg("docs/api.md: a %s has no field %.*s", documented[i], SLICE_ARG(name));
            rows++;
        }
        assert_int_equal(rows, count_api_fields(noun));
    }
    free(docs);
}

struct text_row {
    const char *noun, *field, *text, *json; /* json: NULL when refused */
};

static void text_becomes_json(void **state)
{
    static const struct text_row rows[] = {
        {"creator", "followers", "12500", "12500"},
        {"creator", "followers", "0", "0"},
        {"creator", "followers", " 12 ", "12"},
        {"creator", "followers", "12.5", NULL},
        {"creator", "followers", "12k", NULL},
        {"creator", "followers", "-1", NULL},
        {"creator", "followers", "+1", NULL},
        {"creator", "followers", "1 000", NULL},
        {"creator", "followers", "99999999999999999999", NULL},
        {"creator", "niche", "food; trail,run ", "[\"food\",\"trail\",\"run\"]"},
        {"creator", "niche", ";;", "[]"},
        {"creator", "name", " Marie  K ", "\"Marie  K\""},
        {"creator", "name", "\xff", NULL},
        {"creator", "name", "\xc0\x80", NULL},
        {"campaign", "allow_host", "a.example,*.b.example", "[\"a.example\",\"*.b.example\"]"},
        {"conversion", "amount", "19.90", "\"19.90\""},
        {"conversion", "click_id", "a,b c;d", "[\"a\",\"b\",\"c\",\"d\"]"},
        {"conversion", "click_id", "one", "[\"one\"]"},
        {"cost", "commission", "8%", "\"8%\""},
        {"cost", "colour", "red", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice name = slice_of_string(rows[i].field), value = slice_of_string(rows[i].text);
        json_t *input = NULL;
        struct problem problem = {0};
        int err = noun_from_text(noun_find(slice_of_string(rows[i].noun)), &name, &value, 1, &input,
                                 &problem);
        if (!rows[i].json) {
            assert_int_equal(err, JALON_INVALID);
            assert_null(input);
            assert_string_equal(problem.fields[0].pointer + 1, rows[i].field);
            continue;
        }
        assert_int_equal(err, JALON_OK);
        char *text =
            json_dumps(json_object_get(input, rows[i].field), JSON_ENCODE_ANY | JSON_COMPACT);
        assert_string_equal(text, rows[i].json);
        free(text);
        json_decref(input);
    }
}

static void empty_text_is_absent_and_twice_is_wrong(void **state)
{
    (void)state;
    const struct noun *noun = noun_find(SLICE("cost"));
    struct slice names[] = {SLICE("fee"), SLICE("product"), SLICE("fee")};
    struct slice values[] = {SLICE("1"), SLICE(""), SLICE("2")};
    json_t *input = NULL;
    struct problem problem = {0};
    assert_int_equal(noun_from_text(noun, names, values, 2, &input, &problem), JALON_OK);
    assert_int_equal(json_object_size(input), 1);
    json_decref(input);
    assert_int_equal(noun_from_text(noun, names, values, 3, &input, &problem), JALON_INVALID);
    assert_string_equal(problem.fields[0].pointer, "/fee");
    char with_nul[] = "1\0002";
    values[0] = slice_of(with_nul, 3);
    problem = (struct problem){0};
    assert_int_equal(noun_from_text(noun, names, values, 1, &input, &problem), JALON_INVALID);
}

/* In JSON an empty string is a value that was not filled in, but for the evidence that an order need not have. */
static void empty_json_strings_are_named(void **state)
{
    static const struct {
        const char *noun, *field;
        bool is_absent;
    } rows[] = {
        {"refund", "amount", false},       {"conversion", "amount", false},
        {"conversion", "currency", false}, {"conversion", "occurred_at", false},
        {"conversion", "status", false},   {"conversion", "type", false},
        {"conversion", "code", true},      {"conversion", "click_id", true},
        {"link", "target", false},         {"link", "slug", false},
        {"link", "expires_at", false},     {"link", "channel", true},
        {"code", "slug", false},           {"code", "prefix", false},
        {"code", "valid_until", false},    {"code", "max_redemptions", false},
        {"code", "discount", true},        {"cost", "date", false},
        {"cost", "commission", false},     {"token", "brand", false},
        {"token", "name", true},           {"creator", "name", true},
        {"creator", "niche", true},        {"campaign", "window", false},
        {"campaign", "allow_host", true},  {"campaign", "fallback", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *input = json_pack("{s:s}", rows[i].field, ""), *clean = NULL;
        struct problem problem = {0};
        int err =
            noun_check_changes(noun_find(slice_of_string(rows[i].noun)), input, &clean, &problem);
        bool is_fixed =
            noun_field(noun_find(slice_of_string(rows[i].noun)), slice_of_string(rows[i].field))
                ->flags &
            FIELD_FIXED;
        if (!is_fixed)
            assert_int_equal(err, rows[i].is_absent ? JALON_OK : JALON_INVALID);
        json_decref(clean);
        clean = NULL;
        problem = (struct problem){0};
        assert_int_equal(
            noun_check(noun_find(slice_of_string(rows[i].noun)), input, &clean, &problem),
            JALON_INVALID); /* others are missing */
        bool is_named = false;
        for (size_t j = 0; j < problem.field_count; j++)
            is_named = is_named || (strcmp(problem.fields[j].pointer + 1, rows[i].field) == 0 &&
                                    !strstr(problem.fields[j].detail, "is missing"));
        if (is_named == rows[i].is_absent)
            fail_msg("%s.%s", rows[i].noun, rows[i].field);
        json_decref(input);
    }
}

/* A CSV header in Latin-1, and one that would break a line. */
static void names_that_cannot_be_shown_are_not(void **state)
{
    static const char *const names[] = {"pr\xe9nom", "a\nb", "\x7f", ""};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct slice name = slice_of_string(names[i]), value = SLICE("x");
        json_t *input = NULL;
        struct problem problem = {0};
        assert_int_equal(
            noun_from_text(noun_find(SLICE("link")), &name, &value, 1, &input, &problem),
            JALON_INVALID);
        assert_string_equal(problem.fields[0].pointer, "/");
    }
}

static void all_fields_that_are_wrong_are_named(void **state)
{
    (void)state;
    json_t *input =
        json_pack("{s:i, s:s, s:s, s:b}", "campaign", 7, "amount", "x", "status", "y", "z", 1);
    json_t *clean = NULL;
    struct problem problem = {0};
    assert_int_equal(noun_check(noun_find(SLICE("conversion")), input, &clean, &problem),
                     JALON_INVALID);
    static const char *const pointers[] = {"/z",    "/campaign", "/order_id",
                                           "/type", "/amount",   "/status"};
    assert_int_equal(problem.field_count, COUNT(pointers));
    for (size_t i = 0; i < COUNT(pointers); i++)
        assert_string_equal(problem.fields[i].pointer, pointers[i]);
    json_decref(input);
}

static void durations_have_a_unit(void **state)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } rows[] = {
        {"30d", INT64_C(2592000000)},
        {"12h", 43200000},
        {"90m", 5400000},
        {"10s", 10000},
        {"2w", INT64_C(1209600000)},
        {"0s", 0},
        {"3650d", INT64_C(315360000000)},
        {"3651d", -1},
        {"", -1},
        {"d", -1},
        {"30", -1},
        {"30D", -1},
        {"-1d", -1},
        {"1.5d", -1},
        {" 1d", -1},
        {"1d ", -1},
        {"1 d", -1},
        {"1dd", -1},
        {"18446744073709551616s", -1},
        {"1y", -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t ms = -1;
        int err = duration_parse(&ms, slice_of_string(rows[i].text));
        assert_int_equal(err, rows[i].ms < 0 ? JALON_MALFORMED : JALON_OK);
        assert_int_equal(ms, rows[i].ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_the_contracts),
        cmocka_unit_test(every_field_can_be_explained),
        cmocka_unit_test(the_api_document_has_each_field),
        cmocka_unit_test(text_becomes_json),
        cmocka_unit_test(empty_text_is_absent_and_twice_is_wrong),
        cmocka_unit_test(empty_json_strings_are_named),
        cmocka_unit_test(names_that_cannot_be_shown_are_not),
        cmocka_unit_test(all_fields_that_are_wrong_are_named),
        cmocka_unit_test(durations_have_a_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
