/* agents_samples_test.c - how many real agents are classed as what they are: our own samples, always;
 * ../shared/data/agents, where it is at hand. Prints the figures (docs/classification.md). */
#include "core/traffic/agents.h"

#include <stdio.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

#define OWN TESTS_FOLDER "/samples/agents/"
#define SHARED TESTS_FOLDER "/../../shared/data/agents/"
#define LINE_BYTES_MAX 4096

static struct agents *agents;
static struct agent_matcher *matcher;

struct tally {
    unsigned count, called[CLICK_CLASS_MAX + 1];
};

static int open_builtin(void **state)
{
    (void)state;
    assert_int_equal(agents_open(&agents, NULL, NULL), JALON_OK);
    assert_int_equal(agent_matcher_new(&matcher, agents, 0), JALON_OK);
    return 0;
}

static int close_builtin(void **state)
{
    (void)state;
    matcher = agent_matcher_free(matcher);
    agents = agents_free(agents);
    return 0;
}

/* Classes the agents of a file, one a line; names those that are not of the class expected. */
static struct tally tally_file(const char *folder, const char *name, bool names_others,
                               int expected)
{
    char path[512], line[LINE_BYTES_MAX];
    struct tally tally = {0};
    (void)snprintf(path, sizeof path, "%s%s", folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        struct slice text = slice_of(line, strcspn(line, "\n"));
        struct agent agent = agent_classify(matcher, text);
        tally.count++;
        tally.called[agent.class]++;
        if (names_others && agent.class != expected)
            print_message("%s: %.*s\n", click_class_name(agent.class), SLICE_ARG(text));
    }
    assert_int_equal(fclose(file), 0);
    assert_int_not_equal(tally.count, 0);
    return tally;
}

static void test_own_samples(void **state)
{
    (void)state;
    struct tally bots = tally_file(OWN, "bots.txt", true, CLICK_BOT);
    assert_int_equal(bots.called[CLICK_BOT], bots.count);
    struct tally previews = tally_file(OWN, "previews.txt", true, CLICK_PREVIEW);
    assert_int_equal(previews.called[CLICK_PREVIEW], previews.count);
    struct tally people = tally_file(OWN, "people.txt", true, CLICK_HUMAN);
    assert_int_equal(people.called[CLICK_HUMAN], people.count);
    struct tally inapp = tally_file(OWN, "inapp.txt", true, CLICK_HUMAN);
    assert_int_equal(inapp.called[CLICK_HUMAN], inapp.count);
}

/* Parts of 100 000 that were called machines, printed as a percentage. */
static unsigned machines(const char *name)
{
    struct tally tally = tally_file(SHARED, name, false, 0);
    unsigned called = tally.called[CLICK_BOT] + tally.called[CLICK_PREVIEW];
    print_message("%-14s %5u agents, %5u called bots or previews (%.2f %%)\n", name, tally.count,
                  called, 100.0 * called / tally.count);
    return (unsigned)((uint64_t)called * 100000 / tally.count);
}

/* The yardstick: isbot 5.2.3 on the same files catches 97.2 % of bots and 99.5 % of previews, and calls
 * 0.77 % of people and 0.72 % of in-app users bots. */
static void test_yardstick(void **state)
{
    (void)state;
    if (access(SHARED, R_OK)) {
        print_message("skipped: no %s here\n", SHARED);
        skip();
    }
    assert_in_range(machines("bots.txt"), 98500, 100000);
    assert_in_range(machines("previews.txt"), 99500, 100000);
    assert_in_range(machines("people.txt"), 0, 300);
    assert_in_range(machines("inapp.txt"), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_samples),
        cmocka_unit_test(test_yardstick),
    };
    return cmocka_run_group_tests(tests, open_builtin, close_builtin);
}
