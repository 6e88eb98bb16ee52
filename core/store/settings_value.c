#include "core/store/settings_table.h"

#include "core/store/store_url.h"
#include "core/traffic/address.h"

#include <stdio.h>
#include <stdlib.h>

struct unit {
    struct slice suffix;
    uint64_t factor;
};

static const struct unit byte_units[] = {
    {SLICE_INIT(""), 1},
    {SLICE_INIT("K"), (uint64_t)1 << 10},
    {SLICE_INIT("M"), (uint64_t)1 << 20},
    {SLICE_INIT("G"), (uint64_t)1 << 30},
    {SLICE_INIT("T"), (uint64_t)1 << 40},
};
static const struct unit time_units[] = {
    /* in milliseconds */
    {SLICE_INIT("ms"), 1},      {SLICE_INIT("s"), 1000},     {SLICE_INIT("m"), 60000},
    {SLICE_INIT("h"), 3600000}, {SLICE_INIT("d"), 86400000},
};
static const struct unit no_units[] = {{SLICE_INIT(""), 1}};
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* Digits and a unit. JALON_INVALID also when it does not fit 64 bits. */
static int read_number(uint64_t *ret_value, struct slice text, const struct unit *units,
                       size_t unit_count)
{
    size_t digits = 0;
    while (digits < text.size && text.data[digits] >= '0' && text.data[digits] <= '9')
        digits++;
    uint64_t number;
    if (slice_to_u64(&number, slice_first(text, digits), UINT64_MAX))
        return JALON_INVALID;
    for (size_t i = 0; i < unit_count; i++) {
        if (!slice_equal_nocase(slice_from(text, digits), units[i].suffix))
            continue;
        if (number > UINT64_MAX / units[i].factor)
            return JALON_INVALID;
        *ret_value = number * units[i].factor;
        return JALON_OK;
    }
    return JALON_INVALID;
}

static void *field_of(struct settings *settings, const struct setting *setting)
{
    return (char *)settings + setting->offset;
}

static int set_text(struct settings *settings, const struct setting *setting, const char *text)
{
    char *copy = strdup(text);
    if (!copy)
        return JALON_NO_MEMORY;
    char **field = field_of(settings, setting);
    free(*field);
    *field = copy;
    return JALON_OK;
}

static void set_unsigned(struct settings *settings, const struct setting *setting, uint64_t value)
{
    unsigned *field = field_of(settings, setting);
    *field = (unsigned)value;
}

static int expect(char ret_expected[160], const char *text)
{
    (void)snprintf(ret_expected, 160, "%s", text); /* our own, and short */
    return JALON_INVALID;
}

static int check_range(uint64_t value, const struct setting *setting, uint64_t unit,
                       const char *name, char ret_expected[160])
{
    if (value >= setting->min && value <= setting->max)
        return JALON_OK;
    (void)snprintf(ret_expected, 160, "from %llu%s to %llu%s",
                   (unsigned long long)(setting->min / unit), name,
                   (unsigned long long)(setting->max / unit), name); /* fits */
    return JALON_INVALID;
}

static int read_text(struct settings *settings, const struct setting *setting, const char *text,
                     char ret_expected[160])
{
    if (slice_has_control(slice_of_string(text)))
        return expect(ret_expected, "text without control characters");
    return set_text(settings, setting, text);
}

static bool is_host_name(struct slice host)
{
    for (size_t i = 0; i < host.size; i++) {
        char c = host.data[i];
        bool is_good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '.' || c == '-';
        if (!is_good)
            return false;
    }
    return host.size > 0;
}

/* "host", "host:port", "[v6]" or "[v6]:port"; *ret_has_port. */
static bool is_authority(struct slice text, bool *ret_has_port)
{
    struct slice host, port = text;
    struct address address;
    uint64_t number;
    if (text.size && text.data[0] == '[') {
        host = slice_take(&port, ']');
        host = slice_first(text, host.size + 1);
        if (address_parse(&address, host) != JALON_OK || (port.size && port.data[0] != ':'))
            return false;
        *ret_has_port = port.size > 0;
        port = slice_from(port, 1);
    } else {
        host = slice_take(&port, ':');
        *ret_has_port = host.size < text.size;
        if (!is_host_name(host))
            return false;
    }
    return !*ret_has_port || slice_to_u64(&number, port, 65535) == JALON_OK;
}

static int read_addresses(struct settings *settings, const struct setting *setting,
                          const char *text, char ret_expected[160])
{
    struct slice rest = slice_of_string(text);
    bool is_more, has_port;
    do {
        is_more = slice_find(rest, ',', 0) < rest.size;
        if (!is_authority(slice_trim(slice_take(&rest, ',')), &has_port) || !has_port)
            return expect(ret_expected,
                          "address:port such as 0.0.0.0:8080 or [::]:8080, several by commas");
    } while (is_more);
    return set_text(settings, setting, text);
}

static int read_networks(struct settings *settings, const struct setting *setting, const char *text,
                         char ret_expected[160])
{
    struct network_set networks = {0};
    int err = network_set_parse(&networks, slice_of_string(text));
    network_set_done(&networks);
    if (err == JALON_NO_MEMORY)
        return err;
    if (err)
        return expect(ret_expected,
                      "networks such as 10.0.0.0/8 or 2001:db8::/32, several by commas");
    return set_text(settings, setting, text);
}

/* A slash at the end is forgiven and dropped. */
static int read_domain(struct settings *settings, const struct setting *setting, const char *text,
                       char ret_expected[160])
{
    struct slice url = slice_of_string(text);
    if (url.size && url.data[url.size - 1] == '/')
        url.size--;
    size_t scheme = slice_starts(url, SLICE("https://"))  ? 8
                    : slice_starts(url, SLICE("http://")) ? 7
                                                          : 0;
    char domain[300];
    bool has_port;
    bool is_good = (scheme && is_authority(slice_from(url, scheme), &has_port)) || *text == '\0';
    if (!is_good || slice_to_string(domain, sizeof domain, url))
        return expect(ret_expected, "a URL without a path, such as https://go.example.com");
    return set_text(settings, setting, domain);
}

static int read_store(struct settings *settings, const struct setting *setting, const char *text,
                      char ret_expected[160])
{
    struct store_url url;
    struct problem problem = {0};
    bool is_cluster = slice_starts(slice_of_string(text), SLICE("cluster://"));
    int err = store_url_read(&url, text, &problem);
    if (err && is_cluster)
        return expect(ret_expected, "cluster://[user:pass@]host:port,host:port,... of at most 16 "
                                    "nodes; a cluster has no database");
    if (err)
        return expect(ret_expected,
                      "embedded, unix:/path, redis://[user:pass@]host:port/db, rediss://... or "
                      "cluster://host:port,...");
    return set_text(settings, setting, text);
}

static int read_count(struct settings *settings, const struct setting *setting, const char *text,
                      char ret_expected[160])
{
    uint64_t value;
    if (read_number(&value, slice_of_string(text), no_units, COUNT_OF(no_units)))
        return expect(ret_expected,
                      setting->type == SETTING_WORKERS ? "auto or a number" : "a number");
    int err = check_range(value, setting, 1, "", ret_expected);
    if (err)
        return err;
    if (setting->type == SETTING_LARGE)
        *(uint64_t *)field_of(settings, setting) = value;
    else
        set_unsigned(settings, setting, value);
    return JALON_OK;
}

static int read_workers(struct settings *settings, const struct setting *setting, const char *text,
                        char ret_expected[160])
{
    if (strcmp(text, "auto") != 0)
        return read_count(settings, setting, text, ret_expected);
    set_unsigned(settings, setting, 0);
    return JALON_OK;
}

static int read_bytes(struct settings *settings, const struct setting *setting, const char *text,
                      char ret_expected[160])
{
    uint64_t value;
    if (read_number(&value, slice_of_string(text), byte_units, COUNT_OF(byte_units)))
        return expect(ret_expected, "a size such as 16M or 4G");
    int err = check_range(value, setting, 1024, "K", ret_expected);
    if (err)
        return err;
    if (setting->type == SETTING_SEGMENT && (value & (value - 1)))
        return expect(ret_expected, "a power of two, such as 16M");
    *(uint64_t *)field_of(settings, setting) = value;
    return JALON_OK;
}

static int read_time(struct settings *settings, const struct setting *setting, const char *text,
                     char ret_expected[160])
{
    uint64_t ms, unit = setting->type == SETTING_SECONDS ? 1000 : 1;
    struct slice digits = slice_of_string(text);
    /* A bare number is in the field's own unit. */
    bool is_bare = read_number(&ms, digits, no_units, COUNT_OF(no_units)) == JALON_OK;
    if (is_bare && ms <= UINT64_MAX / unit)
        ms *= unit;
    else if (read_number(&ms, digits, time_units, COUNT_OF(time_units)))
        return expect(ret_expected, "a time such as 500ms, 30s or 10m");
    if (ms % unit)
        return expect(ret_expected, "whole seconds, such as 30s or 10m");
    int err = check_range(ms / unit, setting, 1, unit == 1 ? "ms" : "s", ret_expected);
    if (!err)
        set_unsigned(settings, setting, ms / unit);
    return err;
}

/* The number of `text` among `names` by commas; -1 when it is none of them. */
static int choice_of(const char *names, const char *text)
{
    struct slice rest = slice_of_string(names);
    for (int i = 0; rest.size; i++)
        if (slice_is(slice_take(&rest, ','), text))
            return i;
    return -1;
}

static int read_choice(struct settings *settings, const struct setting *setting, const char *text,
                       char ret_expected[160])
{
    int choice = choice_of(setting->choices, text);
    if (choice < 0) {
        (void)snprintf(ret_expected, 160, "one of %s", setting->choices); /* our own, and short */
        return JALON_INVALID;
    }
    set_unsigned(settings, setting, (uint64_t)choice);
    return JALON_OK;
}

static int read_switch(struct settings *settings, const struct setting *setting, const char *text,
                       char ret_expected[160])
{
    const char *names = setting->choices ? setting->choices : "no,yes";
    int choice = choice_of(names, text);
    if (choice < 0) {
        (void)snprintf(ret_expected, 160, "one of %s", names); /* our own, and short */
        return JALON_INVALID;
    }
    *(bool *)field_of(settings, setting) = choice == 1;
    return JALON_OK;
}

/* Enums are stored through an unsigned. */
_Static_assert(sizeof(enum sync_policy) == sizeof(unsigned) &&
                   sizeof(enum full_policy) == sizeof(unsigned) &&
                   sizeof(enum log_level) == sizeof(unsigned),
               "an enum is no unsigned here");

static int (*const readers[])(struct settings *, const struct setting *, const char *,
                              char[160]) = {
    [SETTING_TEXT] = read_text,         [SETTING_ADDRESSES] = read_addresses,
    [SETTING_NETWORKS] = read_networks, [SETTING_DOMAIN] = read_domain,
    [SETTING_STORE] = read_store,       [SETTING_COUNT] = read_count,
    [SETTING_WORKERS] = read_workers,   [SETTING_LARGE] = read_count,
    [SETTING_BYTES] = read_bytes,       [SETTING_SEGMENT] = read_bytes,
    [SETTING_MS] = read_time,           [SETTING_SECONDS] = read_time,
    [SETTING_SWITCH] = read_switch,     [SETTING_CHOICE] = read_choice,
};

int setting_read(struct settings *settings, const struct setting *setting, const char *text,
                 char ret_expected[160])
{
    return readers[setting->type](settings, setting, text, ret_expected);
}

bool setting_is_text(const struct setting *setting)
{
    return setting->type <= SETTING_STORE;
}
