#include "admin/complaint.h"

#include "admin/options.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

static const struct option_row rows[] = {{"click-param", OPTION_VALUE, "NAME", "", false, NULL},
                                         {0}};

static char *said(const struct problem *problem, const char *file)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    struct option_table table;
    option_table_init(&table);
    option_table_add(&table, rows);
    if (file)
        complain_of_row(out, file, 12, problem);
    else
        complain(out, problem, &table);
    (void)fclose(out); /* memory */
    return text;
}

static void assert_said(const struct problem *problem, const char *file, const char *expected)
{
    char *text = said(problem, file);
    assert_string_equal(text, expected);
    free(text);
}

static void test_a_sentence(void **state)
{
    (void)state;
    struct problem problem = {0};
    assert_int_equal(problem_set(&problem, PROBLEM_NOT_FOUND, "there is no x"), JALON_NOT_FOUND);
    assert_said(&problem, NULL, "jalon: there is no x\n");
    assert_said(&problem, "a.csv", "jalon: a.csv:12: there is no x\n");
}

static void test_fields_by_their_options(void **state)
{
    (void)state;
    struct problem problem = {0};
    assert_int_equal(problem_field(&problem, "click_param", "too long"), JALON_INVALID);
    assert_int_equal(problem_field(&problem, "slug", "taken"), JALON_INVALID);
    assert_int_equal(problem_field(&problem, "allow_host/0", "no host"), JALON_INVALID);
    assert_said(&problem, NULL,
                "jalon: --click-param: too long\njalon: slug: taken\njalon: allow_host: no host\n");
    assert_said(&problem, "a.csv",
                "jalon: a.csv:12: click_param: too long\njalon: a.csv:12: slug: taken\n"
                "jalon: a.csv:12: allow_host: no host\n");
}

static void test_a_sentence_and_its_fields(void **state)
{
    (void)state;
    struct problem problem = {0};
    assert_int_equal(problem_set(&problem, PROBLEM_CONFLICT, "it is another"), JALON_CONFLICT);
    assert_int_equal(problem_field(&problem, "amount", "it was 5"), JALON_INVALID);
    assert_int_equal(problem_field(&problem, "click_param", "x"), JALON_INVALID);
    assert_said(&problem, NULL, "jalon: it is another (amount, --click-param)\n");
    assert_said(&problem, "a.csv", "jalon: a.csv:12: it is another (amount, click_param)\n");
}

static void test_nothing_reaches_the_terminal(void **state)
{
    (void)state;
    struct problem problem = {0};
    (void)problem_set(&problem, PROBLEM_INVALID, "%s",
                      "a\033[2Jb\nc\x7f\xc2\x9b"
                      "d\xc2\xa0é\u202ef");
    assert_said(&problem, NULL, "jalon: a\\u001B[2Jb\\u000Ac\\u007F\\u009Bd\xc2\xa0é\\u202Ef\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sentence),
        cmocka_unit_test(test_fields_by_their_options),
        cmocka_unit_test(test_a_sentence_and_its_fields),
        cmocka_unit_test(test_nothing_reaches_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
