/* traffic_fuzz.c - what strangers send about themselves, and the files of core/traffic. The first byte
 * says which parser gets the rest. Seeds: corpus/traffic_fuzz. */
#include "core/traffic/address.h"
#include "core/traffic/agent_list.h"
#include "core/traffic/agents.h"
#include "core/traffic/geo.h"
#include "core/traffic/network_list.h"
#include "core/traffic/referrer.h"
#include "core/traffic/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* A merged target leads to where the target does, and is one that would be taken again. */
static void fuzz_url(struct slice text)
{
    struct slice rest = text, target = slice_take(&rest, '\n');
    static const struct query_pair utm[] = {{SLICE_INIT("utm_source"), SLICE_INIT("marie")}};
    static char memory[1 << 20];
    struct url before, after;
    struct buffer merged;
    if (url_parse(&before, target, NULL))
        return;
    buffer_over(&merged, memory, sizeof memory);
    url_merge(&merged, target, utm, 1, rest, SLICE("jclid"), SLICE("ID"));
    if (buffer_error(&merged) || url_parse(&after, buffer_slice(&merged), NULL))
        require(buffer_error(&merged) || merged.size > URL_SIZE_MAX);
    else
        require(slice_equal(before.host, after.host) && slice_equal(before.port, after.port) &&
                slice_equal(before.path, after.path) &&
                slice_equal(before.fragment, after.fragment) && after.has_query);
    (void)url_host_matches(before.host, rest); /* must only not crash */
}

static void fuzz_address(struct slice text)
{
    struct address address, again;
    char canonical[ADDRESS_TEXT_MAX];
    if (address_parse(&address, text))
        return;
    address_format(&address, canonical);
    require(!address_parse(&again, slice_of_string(canonical)));
    require(memcmp(&address, &again, sizeof address) == 0);
    (void)address_is_special(&address); /* must only not crash */
}

static void fuzz_networks(struct slice text)
{
    struct network network;
    struct network_set set;
    struct network_list list;
    if (!network_parse(&network, text))
        require(network_contains(&network, &network.base));
    if (!network_set_parse(&set, text)) {
        for (size_t i = 0; i < set.count; i++)
            require(network_set_contains(&set, &set.networks[i].base));
        network_set_done(&set);
    }
    if (!network_list_parse(&list, text, NULL)) {
        for (size_t i = 0; i < list.asn_count; i++)
            require(network_list_has(&list, &(struct address){{0}}, list.asns[i]));
        network_list_done(&list);
    }
}

/* The answer is the peer or an address that stands in the header. */
static void fuzz_forwarded(struct slice text)
{
    static const struct address peer = {{[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1}};
    struct network_set trusted;
    require(!network_set_parse(&trusted, SLICE("10.0.0.0/8, fc00::/7")));
    struct address one = address_of_visitor(&peer, &trusted, text, SLICE_NONE);
    struct address two = address_of_visitor(&peer, &trusted, SLICE_NONE, text);
    if (text.size == 0)
        require(memcmp(&one, &peer, sizeof peer) == 0 && memcmp(&two, &peer, sizeof peer) == 0);
    network_set_done(&trusted);
}

static void fuzz_referrer(struct slice text)
{
    char source[SOURCE_MAX + 1];
    size_t size = referrer_source(source, text);
    require(size <= SOURCE_MAX && strlen(source) == size);
    require(size == 0 || url_host_is_name(slice_of(source, size)));
}

/* With memory and without, the first time and the second: one verdict. */
static void fuzz_agent(struct slice text)
{
    static struct agents *agents;
    static struct agent_matcher *plain, *remembering;
    if (!agents) {
        require(!agents_open(&agents, NULL, NULL));
        require(!agent_matcher_new(&plain, agents, 0));
        require(!agent_matcher_new(&remembering, agents, 64));
    }
    struct agent verdict = agent_classify(plain, text);
    for (int i = 0; i < 2; i++) {
        struct agent again = agent_classify(remembering, text);
        require(memcmp(&verdict, &again, sizeof verdict) == 0);
    }
}

/* As a file without a name. */
static void fuzz_file(struct slice text, void (*open_path)(const char *path))
{
    char path[64];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, text.data, text.size) == (ssize_t)text.size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    open_path(path);
    (void)close(fd);
}

static void open_patterns(const char *path)
{
    struct agents *agents = NULL;
    unsigned line = 0;
    if (!agents_open(&agents, path, &line))
        (void)agents_free(agents); /* returns NULL */
}

static void open_database(const char *path)
{
    char why[GEO_WHY_MAX];
    static const struct address addresses[] = {
        {{[10] = 0xff, [11] = 0xff, [12] = 81, [13] = 2, [14] = 69, [15] = 1}},
        {{0x26, 0x06, 0x47}},
    };
    for (int is_asn = 0; is_asn < 2; is_asn++) {
        struct geo *geo = NULL;
        if (geo_open(&geo, is_asn ? NULL : path, NULL, is_asn ? path : NULL, why))
            continue;
        for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
            (void)geo_lookup(geo, &addresses[i]); /* must only not crash */
        (void)geo_free(geo);                      /* returns NULL */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct slice text = slice_from(slice_of(bytes, size), 1);
    switch (size ? bytes[0] : 0) {
    case 'u':
        fuzz_url(text);
        break;
    case 'a':
        fuzz_address(text);
        break;
    case 'n':
        fuzz_networks(text);
        break;
    case 'f':
        fuzz_forwarded(text);
        break;
    case 'r':
        fuzz_referrer(text);
        break;
    case 'g':
        fuzz_agent(text);
        break;
    case 'p':
        fuzz_file(text, open_patterns);
        break;
    case 'm':
        fuzz_file(text, open_database);
        break;
    default:
        break;
    }
    return 0;
}
