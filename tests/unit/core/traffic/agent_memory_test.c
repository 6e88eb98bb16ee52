#include "core/traffic/agent_memory.h"

#include "tests/unit/guard_page.h"

#include <stdio.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static struct guard_page guard;

/* The agent number `i`, and a verdict that tells it from its neighbours. */
static struct slice name_agent(unsigned i)
{
    static char text[32];
    int size = snprintf(text, sizeof text, "Mozilla/5.0 %u", i);
    return guard_page_copy(&guard, slice_of(text, (size_t)size));
}

static struct agent verdict(unsigned i)
{
    return (struct agent){
        .class = (uint8_t)(i % 7), .device = (uint8_t)i, .app = (uint8_t)(i >> 8)};
}

static void test_finds_what_was_put(void **state)
{
    (void)state;
    struct agent_memory memory;
    struct agent agent = {.app = 99};
    assert_int_equal(agent_memory_init(&memory, 4096), JALON_OK);
    for (unsigned i = 0; i < 400; i++) {
        assert_false(agent_memory_find(&memory, name_agent(i), &agent));
        agent_memory_put(&memory, name_agent(i), verdict(i));
    }
    unsigned found = 0;
    for (unsigned i = 0; i < 400; i++) {
        if (!agent_memory_find(&memory, name_agent(i), &agent))
            continue;
        struct agent expected = verdict(i);
        assert_memory_equal(&agent, &expected, sizeof agent);
        found++;
    }
    assert_in_range(found, 395, 400); /* five of 400 in one of 1 024 sets: next to never */
    agent_memory_done(&memory);
}

/* Of what shares one set, the last four stay; and no verdict is ever another's. */
static void test_oldest_makes_room(void **state)
{
    (void)state;
    struct agent_memory memory;
    struct agent agent;
    assert_int_equal(agent_memory_init(&memory, 1), JALON_OK);
    for (unsigned i = 0; i < 1000; i++) {
        agent_memory_put(&memory, name_agent(i), verdict(i));
        for (unsigned back = 0; back < 16 && back <= i; back++) {
            bool is_found = agent_memory_find(&memory, name_agent(i - back), &agent);
            struct agent expected = verdict(i - back);
            assert_int_equal(is_found, back < 8); /* a set of eight */
            if (is_found)
                assert_memory_equal(&agent, &expected, sizeof agent);
        }
    }
    agent_memory_done(&memory);
}

static void test_sizes(void **state)
{
    (void)state;
    struct agent_memory memory;
    struct agent agent;
    static char text[AGENT_MEMORY_BYTES + 1];
    memset(text, 'a', sizeof text);
    assert_int_equal(agent_memory_init(&memory, 64), JALON_OK);
    for (size_t size = 0; size <= sizeof text; size++) {
        struct slice agent_text = guard_page_copy(&guard, slice_of(text, size));
        assert_false(agent_memory_find(&memory, agent_text, &agent));
        agent_memory_put(&memory, agent_text, verdict(3));
        assert_int_equal(agent_memory_find(&memory, agent_text, &agent),
                         size > 0 && size <= AGENT_MEMORY_BYTES);
    }
    agent_memory_done(&memory);
    assert_int_equal(agent_memory_init(&memory, 0), JALON_OK);
    agent_memory_put(&memory, name_agent(1), verdict(1));
    assert_false(agent_memory_find(&memory, name_agent(1), &agent));
    agent_memory_done(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_was_put),
        cmocka_unit_test(test_oldest_makes_room),
        cmocka_unit_test(test_sizes),
    };
    guard = guard_page_new(4096);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    guard_page_free(&guard);
    return failed;
}
