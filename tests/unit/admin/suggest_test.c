#include "admin/suggest.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static const char *suggest(const char *word)
{
    static const char *const known[] = {"campaign", "creator", "conversion", "code", "link"};
    struct suggestion suggestion;
    suggestion_init(&suggestion, slice_of_string(word));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        suggestion_try(&suggestion, known[i]);
    return suggestion.best;
}

static void test_suggestions(void **state)
{
    (void)state;
    static const struct {
        const char *word, *best;
    } cases[] = {
        {"campain", "campaign"},
        {"creators", "creator"},
        {"cod", "code"},
        {"lnik", "link"},
        {"conversoin", "conversion"},
        {"campaign", "campaign"},
        {"xyzzy", NULL},
        {"report", NULL},
        {"zz", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *best = suggest(cases[i].word);
        if (!cases[i].best)
            assert_null(best);
        else
            assert_string_equal(best, cases[i].best);
    }
}

static void test_a_long_word_is_no_word(void **state)
{
    (void)state;
    char word[1000];
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_null(suggest(word));
    assert_null(suggest(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_suggestions),
                                       cmocka_unit_test(test_a_long_word_is_no_word)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
