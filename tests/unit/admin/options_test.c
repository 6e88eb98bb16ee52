#include "admin/command.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

static const struct option_row rows[] = {
    {"campaign", OPTION_VALUE, "SLUG", "", true, NULL},
    {"creator", OPTION_VALUE, "SLUG", "", false, NULL},
    {"allow-host", OPTION_LIST, "HOST", "", false, NULL},
    {"yes", OPTION_FLAG, NULL, "", false, NULL},
    {"help", OPTION_FLAG, NULL, "", false, NULL},
    {0},
};

struct parsed {
    struct option_table table;
    struct options options;
    struct problem problem;
    int next;
};

/* Parses the words of `line`, which are separated by single spaces. */
static int parse(struct parsed *parsed, const char *line, bool is_until_word)
{
    static char memory[1024];
    static char *argv[64];
    int argc = 0;
    memset(parsed, 0, sizeof *parsed);
    option_table_init(&parsed->table);
    option_table_add(&parsed->table, rows);
    assert_int_equal(slice_to_string(memory, sizeof memory, slice_of_string(line)), JALON_OK);
    for (char *at = memory, *word; (word = strsep(&at, " "));)
        argv[argc++] = word;
    argv[argc] = NULL;
    return options_parse(&parsed->options, &parsed->table, argc, argv, is_until_word, &parsed->next,
                         &parsed->problem);
}

static void test_values(void **state)
{
    (void)state;
    struct parsed parsed;
    assert_int_equal(parse(&parsed, "jalon one --campaign a --creator=b two --yes", false),
                     JALON_OK);
    assert_string_equal(options_value(&parsed.options, "campaign"), "a");
    assert_true(slice_is(options_slice(&parsed.options, "creator"), "b"));
    assert_true(options_has(&parsed.options, "yes"));
    assert_false(options_has(&parsed.options, "help"));
    assert_null(options_value(&parsed.options, "allow-host"));
    assert_int_equal(parsed.options.argument_count, 2);
    assert_string_equal(parsed.options.arguments[0], "one");
    assert_string_equal(parsed.options.arguments[1], "two");
}

static void test_shapes(void **state)
{
    (void)state;
    struct parsed parsed;
    /* A value may look like an option; "-" is an argument; "--" ends the options. */
    assert_int_equal(parse(&parsed, "jalon --campaign -5 - -- --yes x", false), JALON_OK);
    assert_string_equal(options_value(&parsed.options, "campaign"), "-5");
    assert_false(options_has(&parsed.options, "yes"));
    assert_int_equal(parsed.options.argument_count, 3);
    assert_string_equal(parsed.options.arguments[0], "-");
    assert_string_equal(parsed.options.arguments[1], "--yes");
    assert_int_equal(parse(&parsed, "jalon --campaign= --creator x", false), JALON_OK);
    assert_string_equal(options_value(&parsed.options, "campaign"), "");
    assert_int_equal(parse(&parsed, "jalon -h", false), JALON_OK);
    assert_true(options_has(&parsed.options, "help"));
}

static void test_lists(void **state)
{
    (void)state;
    struct parsed parsed;
    struct slice hosts[2];
    assert_int_equal(parse(&parsed, "jalon --allow-host a --allow-host b,c --allow-host d", false),
                     JALON_OK);
    assert_int_equal(options_list(&parsed.options, "allow-host", hosts, 2), 2);
    assert_true(slice_is(hosts[0], "a"));
    assert_true(slice_is(hosts[1], "b,c"));
    assert_int_equal(options_list(&parsed.options, "campaign", hosts, 2), 0);
}

static void test_until_the_first_word(void **state)
{
    (void)state;
    struct parsed parsed;
    assert_int_equal(parse(&parsed, "jalon --campaign a link --no-such x", true), JALON_OK);
    assert_int_equal(parsed.next, 3);
    assert_int_equal(parsed.options.argument_count, 0);
    assert_int_equal(parse(&parsed, "jalon", true), JALON_OK);
    assert_int_equal(parsed.next, 1);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line, *words;
    } cases[] = {
        {"jalon --campain a", "did you mean --campaign?"},
        {"jalon --campain=a", "there is no option --campain here"},
        {"jalon --xyzzyplugh", "--help lists those there are"},
        {"jalon --c a", "there is no option --c"}, /* --campaign or --creator? */
        {"jalon -x", "there is no option -x"},
        {"jalon -xyes", "there is no option -x"},
        {"jalon --campaign", "--campaign needs a value"},
        {"jalon --yes=1", "--yes takes no value"},
        {"jalon --campaign a --campaign b", "--campaign is given twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct parsed parsed;
        assert_int_equal(parse(&parsed, cases[i].line, false), JALON_INVALID);
        if (!strstr(parsed.problem.detail, cases[i].words))
            fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].line, parsed.problem.detail,
                     cases[i].words);
    }
}

static void test_bounds(void **state)
{
    (void)state;
    char *argv[ARGUMENTS_MAX + 3] = {"jalon"};
    for (int i = 0; i < ARGUMENTS_MAX + 1; i++)
        argv[i + 1] = "x";
    struct parsed parsed = {0};
    option_table_add(&parsed.table, rows);
    assert_int_equal(options_parse(&parsed.options, &parsed.table, ARGUMENTS_MAX + 1, argv, false,
                                   &parsed.next, &parsed.problem),
                     JALON_OK);
    memset(&parsed.options, 0, sizeof parsed.options);
    assert_int_equal(options_parse(&parsed.options, &parsed.table, ARGUMENTS_MAX + 2, argv, false,
                                   &parsed.next, &parsed.problem),
                     JALON_INVALID);
}

static void test_required(void **state)
{
    (void)state;
    struct parsed parsed;
    assert_int_equal(parse(&parsed, "jalon --creator a", false), JALON_OK);
    assert_int_equal(options_check_required(&parsed.options, &parsed.table, &parsed.problem),
                     JALON_INVALID);
    assert_int_equal(parsed.problem.field_count, 1);
    assert_string_equal(parsed.problem.fields[0].pointer, "/campaign");
    assert_int_equal(parse(&parsed, "jalon --campaign a", false), JALON_OK);
    assert_int_equal(options_check_required(&parsed.options, &parsed.table, &parsed.problem),
                     JALON_OK);
}

static const struct noun *noun(const char *name)
{
    const struct noun *found = noun_find(slice_of_string(name));
    assert_non_null(found);
    return found;
}

static void test_options_of_fields(void **state)
{
    (void)state;
    struct option_table table;
    option_table_init(&table);
    option_table_add_fields(&table, noun("campaign"), FIELDS_FOR_ADD);
    /* CONTRACT section 6, campaign add */
    static const char *const names[] = {"brand",
                                        "target",
                                        "currency",
                                        "timezone",
                                        "kind",
                                        "start",
                                        "end",
                                        "attribution",
                                        "window",
                                        "goal",
                                        "allow-host",
                                        "utm-source",
                                        "utm-medium",
                                        "utm-campaign",
                                        "fallback",
                                        "click-param",
                                        "duplicate-window"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_non_null(option_table_find(&table, names[i]));
    assert_null(option_table_find(&table, "campaign")); /* it is the argument */
    assert_int_equal(option_table_find(&table, "allow-host")->kind, OPTION_LIST);
    assert_int_equal(option_table_find(&table, "kind")->kind, OPTION_VALUE);
    assert_true(option_table_find(&table, "brand")->is_required);
    assert_false(option_table_find(&table, "goal")->is_required);
    const struct option_row *row = option_table_find_field(&table, SLICE("click_param"));
    assert_non_null(row);
    assert_string_equal(row->name, "click-param");
    assert_null(option_table_find_field(&table, SLICE("xyzzy")));
}

static void test_options_of_a_change(void **state)
{
    (void)state;
    struct option_table table;
    option_table_init(&table);
    option_table_add_fields(&table, noun("link"), FIELDS_FOR_SET);
    assert_non_null(option_table_find(&table, "target"));
    assert_non_null(option_table_find(&table, "state"));
    assert_non_null(option_table_find(&table, "expires"));
    assert_null(option_table_find(&table, "creator")); /* fixed */
    assert_false(option_table_find(&table, "target")->is_required);
    option_table_init(&table);
    option_table_add_fields(&table, noun("link"), FIELDS_FOR_ADD);
    assert_null(option_table_find(&table, "state"));
    assert_non_null(option_table_find(&table, "creator"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_until_the_first_word),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_required),
        cmocka_unit_test(test_options_of_fields),
        cmocka_unit_test(test_options_of_a_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
