#include "core/base/problem.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static void test_kinds(void **state)
{
    (void)state;
    static const struct {
        enum problem_kind kind;
        int status, error;
    } rows[] = {
        {PROBLEM_NONE, 200, JALON_OK},
        {PROBLEM_MALFORMED, 400, JALON_MALFORMED},
        {PROBLEM_NOT_FOUND, 404, JALON_NOT_FOUND},
        {PROBLEM_CONFLICT, 409, JALON_CONFLICT},
        {PROBLEM_TOO_LARGE, 413, JALON_TOO_LONG},
        {PROBLEM_INVALID, 422, JALON_INVALID},
        {PROBLEM_UNAVAILABLE, 503, JALON_UNAVAILABLE},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct problem problem;
        problem_init(&problem);
        assert_int_equal(problem_set(&problem, rows[i].kind, "%s", "words"), rows[i].error);
        assert_int_equal(problem_status(&problem), rows[i].status);
        assert_string_equal(problem.detail, "words");
        assert_true(strlen(problem_title(&problem)) > 3);
    }
}

static void test_errors_without_words(void **state)
{
    (void)state;
    static const struct {
        int error;
        enum problem_kind kind;
    } rows[] = {
        {JALON_NOT_FOUND, PROBLEM_NOT_FOUND}, {JALON_EXISTS, PROBLEM_CONFLICT},
        {JALON_CONFLICT, PROBLEM_CONFLICT},   {JALON_UNAVAILABLE, PROBLEM_UNAVAILABLE},
        {JALON_INVALID, PROBLEM_INVALID},     {JALON_MISTYPED, PROBLEM_INVALID},
        {JALON_MALFORMED, PROBLEM_MALFORMED}, {JALON_NOT_CANONICAL, PROBLEM_MALFORMED},
        {JALON_TOO_LONG, PROBLEM_TOO_LARGE},  {JALON_NO_MEMORY, PROBLEM_INTERNAL},
        {JALON_CRYPTO, PROBLEM_INTERNAL},     {4711, PROBLEM_INTERNAL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct problem problem;
        problem_init(&problem);
        assert_int_equal(problem_from_error(&problem, rows[i].error), rows[i].error);
        assert_int_equal(problem.kind, rows[i].kind);
        assert_string_equal(problem.detail, jalon_error_text(rows[i].error));
    }
}

static void test_fields(void **state)
{
    (void)state;
    struct problem problem;
    problem_init(&problem);
    for (int i = 0; i < PROBLEM_FIELDS_MAX + 3; i++)
        assert_int_equal(problem_field(&problem, "target", "wrong in %d ways", i), JALON_INVALID);
    assert_int_equal(problem.kind, PROBLEM_INVALID);
    assert_int_equal(problem.field_count, PROBLEM_FIELDS_MAX);
    assert_string_equal(problem.fields[7].pointer, "/target");
    assert_string_equal(problem.fields[7].detail, "wrong in 7 ways");
    assert_true(strlen(problem.detail) > 0);
}

static void test_a_field_keeps_the_kind_that_is_set(void **state)
{
    (void)state;
    struct problem problem;
    problem_init(&problem);
    assert_int_equal(problem_set(&problem, PROBLEM_CONFLICT, "taken"), JALON_CONFLICT);
    assert_int_equal(problem_field(&problem, "slug", "taken"), JALON_INVALID);
    assert_int_equal(problem.kind, PROBLEM_CONFLICT);
    assert_string_equal(problem.detail, "taken");
}

/* Texts that end just where a character of 2, 3 or 4 bytes would be cut. */
static void test_cut_at_a_character(void **state)
{
    (void)state;
    static const char *const characters[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    for (size_t c = 0; c < COUNT(characters); c++) {
        size_t width = strlen(characters[c]);
        for (size_t before = 310; before <= 320; before++) {
            char text[400] = "";
            memset(text, 'x', before);
            memcpy(text + before, characters[c], width + 1);
            memset(text + before + width, 'y', 20);
            struct problem problem;
            problem_init(&problem);
            (void)problem_set(&problem, PROBLEM_INVALID, "%s", text); /* its words are looked at */
            struct slice detail = slice_of_string(problem.detail);
            assert_true(slice_is_utf8(detail));
            assert_true(detail.size <= 319 && detail.size > 319 - width);
            assert_true(slice_starts(slice_of_string(text), detail));
        }
    }
}

static void test_foreign_bytes_cost_nothing_but_themselves(void **state)
{
    (void)state;
    struct problem problem;
    problem_init(&problem);
    assert_int_equal(problem_set(&problem, PROBLEM_INVALID, "%s", "\xff is no text"),
                     JALON_INVALID);
    assert_string_equal(problem.detail, "\xff is no text");
    assert_int_equal(problem_set(&problem, PROBLEM_INVALID, "%s", ""), JALON_INVALID);
    assert_string_equal(problem.detail, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_errors_without_words),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_a_field_keeps_the_kind_that_is_set),
        cmocka_unit_test(test_cut_at_a_character),
        cmocka_unit_test(test_foreign_bytes_cost_nothing_but_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
