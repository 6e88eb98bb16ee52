/* ledger_fuzz.c - zone files, HyperLogLogs out of Redis, the texts of money and time, and reference ranges. The first
 * byte says which parser gets the rest. Seeds: corpus/ledger_fuzz. */
#include "core/ledger/cost.h"
#include "core/ledger/moment.h"
#include "core/ledger/money.h"
#include "core/ledger/reference.h"
#include "core/ledger/zone_file.h"
#include "core/report/hll.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* The rule holds one offset between two changes of the clocks. */
static void fuzz_rule(const struct zone_rule *rule)
{
    int64_t at_s = 1700000000;
    for (int i = 0; i < 4; i++) {
        int64_t next_s = zone_rule_next_s(rule, at_s);
        if (next_s == INT64_MAX)
            return;
        require(next_s > at_s);
        require(zone_rule_offset_s(rule, next_s - 1) == zone_rule_offset_s(rule, at_s));
        at_s = next_s;
    }
}

static void fuzz_zone(struct slice text)
{
    static struct zone_table table;
    if (zone_file_read(&table, text))
        return;
    require(table.count <= ZONE_TRANSITIONS_MAX);
    for (size_t i = 1; i < table.count; i++)
        require(table.transitions[i].at_s > table.transitions[i - 1].at_s);
    if (table.has_rule)
        fuzz_rule(&table.rule);
}

/* Merged twice it is merged once, and cleared it is empty. */
static void fuzz_hll(struct slice text)
{
    static struct hll hll;
    if (hll.histogram[0] == 0)
        hll_init(&hll);
    bool is_merged = !hll_merge(&hll, text);
    uint64_t count = hll_count(&hll);
    require(is_merged || count == 0);
    require((count == 0) == (hll.histogram[0] == HLL_REGISTERS));
    (void)hll_merge(&hll, text); /* answered above */
    require(hll_count(&hll) == count);
    hll_clear(&hll);
    require(hll_count(&hll) == 0);
}

static void fuzz_money(struct slice text)
{
    for (unsigned exponent = 0; exponent <= 4; exponent++) {
        char memory[MONEY_TEXT_MAX];
        struct buffer out;
        int64_t minor, again = 0;
        if (money_parse(&minor, text, exponent))
            continue;
        require(minor <= MONEY_MAX && minor >= -MONEY_MAX);
        buffer_over(&out, memory, sizeof memory);
        money_format(&out, minor, exponent);
        require(!money_parse(&again, buffer_slice(&out), exponent));
        require(again == minor);
    }
}

static void fuzz_cost(struct slice text)
{
    for (unsigned kind = 0; kind < COST_KIND_COUNT; kind++) {
        char memory[MONEY_TEXT_MAX];
        struct buffer out;
        int64_t value, again = 0;
        if (cost_value_parse(&value, (enum cost_kind)kind, text, 2))
            continue;
        require(value >= 0);
        buffer_over(&out, memory, sizeof memory);
        cost_value_format(&out, (enum cost_kind)kind, value, 2);
        require(!cost_value_parse(&again, (enum cost_kind)kind, buffer_slice(&out), 2));
        require(again == value);
    }
}

static void fuzz_moment(struct slice text)
{
    char memory[MOMENT_TEXT_MAX];
    int64_t ms, again = 0;
    date_day day, same = 0;
    if (!date_parse(&day, text)) {
        date_format(memory, day);
        require(slice_is(text, memory) && !date_parse(&same, text) && same == day);
    }
    if (moment_parse(&ms, text) || ms < 0)
        return;
    moment_format(memory, ms);
    require(!moment_parse(&again, slice_of_string(memory)) || ms >= INT64_C(7289654400000));
    require(ms >= INT64_C(7289654400000) || again == ms); /* 2201: an offset led out of the range */
}

static void fuzz_reference(struct slice text)
{
    static struct reference reference;
    char why[REFERENCE_WHY_MAX] = "";
    if (reference_parse(&reference, text, "f", why)) {
        require(why[0] == 'f');
        return;
    }
    require(reference.count <= REFERENCE_RANGES_MAX);
    for (size_t i = 0; i < reference.count; i++) {
        const struct reference_range *range = &reference.ranges[i];
        require(range->low >= 0 && range->low <= range->high && range->high <= 1);
        require(range->source.size > 0);
        require(reference_find(&reference, range->metric, range->tier) == range);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct slice text = slice_from(slice_of(bytes, size), 1);
    switch (size ? bytes[0] : 0) {
    case 'z':
        fuzz_zone(text);
        break;
    case 'h':
        fuzz_hll(text);
        break;
    case 'm':
        fuzz_money(text);
        break;
    case 'c':
        fuzz_cost(text);
        break;
    case 'd':
        fuzz_moment(text);
        break;
    case 'r':
        fuzz_reference(text);
        break;
    default:
        break;
    }
    return 0;
}
