#include "core/registry/link_slug.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SIXTY "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void names_are_chosen_or_others_suggested(void **state)
{
    static const struct {
        const char *text, *slug, *suggested; /* slug: NULL when refused */
    } rows[] = {
        {"marie-trail", "marie-trail", NULL},
        {"Marie-Trail", "marie-trail", NULL},
        {"a", "a", NULL},
        {"-", "-", NULL},
        {SIXTY "aaaa", SIXTY "aaaa", NULL},
        {"summer-trail", "summer-trail", NULL}, /* 12, but no code's shape */
        {"summertrail", "summertrail", NULL},
        {"summertrails", NULL, "summertrails-2"},
        {"123456789012", NULL, "123456789012-2"},
        {"ABCDEFGHIJKL", NULL, "abcdefghijkl-2"},
        {"o", NULL, "o-2"},
        {"v1", NULL, "v1-2"},
        {"V1", NULL, "v1-2"},
        {"healthz", NULL, "healthz-2"},
        {"readyz", NULL, "readyz-2"},
        {"metrics", NULL, "metrics-2"},
        {"robots.txt", NULL, "robots-txt"},
        {"favicon.ico", NULL, "favicon-ico"},
        {"/healthz", NULL, "healthz-2"},
        {"marie trail", NULL, "marie-trail"},
        {"Marie & Tom!", NULL, "marie-tom"},
        {"marie_trail", NULL, "marie-trail"},
        {"marie/trail", NULL, "marie-trail"},
        {"marie%2ftrail", NULL, "marie-2ftrail"},
        {"trail.", NULL, "trail"},
        {"trail/", NULL, "trail"},
        {"\xe4\xb8\xad\xe6\x96\x87", NULL, "a-z"},
        {"...", NULL, "a-z"},
        {SIXTY "aaaaa", NULL, SIXTY "aaaa"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char slug[LINK_SLUG_MAX + 1] = "untouched";
        struct problem problem = {0};
        int err = link_slug_choose(slug, slice_of_string(rows[i].text), &problem);
        if (rows[i].slug) {
            assert_int_equal(err, JALON_OK);
            assert_string_equal(slug, rows[i].slug);
            continue;
        }
        assert_int_equal(err, JALON_INVALID);
        assert_string_equal(slug, "untouched");
        assert_string_equal(problem.fields[0].pointer, "/slug");
        if (!strstr(problem.fields[0].detail, rows[i].suggested))
            fail_msg("%s: %s", rows[i].text, problem.fields[0].detail);
    }
}

static void suggestions_are_free_of_a_codes_shape(void **state)
{
    char slug[LINK_SLUG_MAX + 1];
    (void)state;
    link_slug_suggest(slug, SLICE("abcdefghij"), 2); /* 12 characters with "-2" */
    assert_string_equal(slug, "abcdefghij-2");
    assert_false(link_slug_is_signed_shape(slice_of_string(slug)));
    link_slug_suggest(slug, slice_of_string(SIXTY "aaaa"), 19);
    assert_int_equal(strlen(slug), LINK_SLUG_MAX);
    assert_string_equal(slug + 61, "-19");
}

static void a_nul_is_not_forgiven(void **state)
{
    (void)state;
    char slug[LINK_SLUG_MAX + 1];
    static const char text[] = "marie-trail\0\0";
    assert_int_equal(link_slug_fold(slug, slice_of(text, sizeof text)), JALON_MALFORMED);
}

static void what_is_typed_is_forgiven(void **state)
{
    static const struct {
        const char *text, *slug; /* NULL: no vanity link's shape */
    } rows[] = {
        {"Marie-Trail", "marie-trail"},
        {"marie-trail/", "marie-trail"},
        {"marie-trail.", "marie-trail"},
        {"marie-trail,", "marie-trail"},
        {"marie-trail).", "marie-trail"},
        {"marie-trail))))", "marie-trail"},
        {"", NULL},
        {"/", NULL},
        {"a/b", NULL},
        {"a b", NULL},
        {"(a", NULL},
        {"a!", NULL},
        {"a%20", NULL},
        {"\xc3\xa9", NULL},
        {"a\n", NULL},
        {SIXTY "aaaaa", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char slug[LINK_SLUG_MAX + 1] = "untouched";
        int err = link_slug_fold(slug, slice_of_string(rows[i].text));
        assert_int_equal(err, rows[i].slug ? JALON_OK : JALON_MALFORMED);
        assert_string_equal(slug, rows[i].slug ? rows[i].slug : "untouched");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_chosen_or_others_suggested),
        cmocka_unit_test(suggestions_are_free_of_a_codes_shape),
        cmocka_unit_test(what_is_typed_is_forgiven),
        cmocka_unit_test(a_nul_is_not_forgiven),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
