#include "core/traffic/geo.h"

#include "core/traffic/builtin.h"
#include "core/traffic/mmdb_check.h"
#include "core/traffic/network_list.h"
#include "core/traffic/text_file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <maxminddb.h>
#include <stdio.h>
#include <stdlib.h>

#define LIST_BYTES_MAX ((size_t)64 << 20) /* Apple's is about 10 MB */

struct database {
    MMDB_s mmdb;
    bool is_open;
};

struct geo {
    struct database country, city, asn;
    struct network_list hosting, relays;
};

/* Where databases keep what we want: MaxMind's layout first, then the flat ones of others. */
#define PATH_MAX_STEPS 3
static const char *const country_paths[][PATH_MAX_STEPS] = {
    {"country", "iso_code", NULL}, {"country_code", NULL}, {"country", NULL}};
static const char *const asn_paths[][PATH_MAX_STEPS] = {{"autonomous_system_number", NULL},
                                                        {"asn", NULL}};
#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static bool is_country_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool entry_country(MMDB_entry_s *entry, char ret_country[3])
{
    for (size_t i = 0; i < COUNT(country_paths); i++) {
        MMDB_entry_data_s value;
        if (MMDB_aget_value(entry, &value, country_paths[i]) != MMDB_SUCCESS || !value.has_data ||
            value.type != MMDB_DATA_TYPE_UTF8_STRING || value.data_size != 2)
            continue;
        const char *code = value.utf8_string;
        if (!is_country_letter(code[0]) || !is_country_letter(code[1]))
            continue;
        memcpy(ret_country, code, 2);
        ret_country[2] = '\0';
        return true;
    }
    return false;
}

/* A number, or text like "AS64500". */
static bool read_asn(const MMDB_entry_data_s *value, uint32_t *ret_asn)
{
    uint64_t asn = 0;
    if (value->type == MMDB_DATA_TYPE_UTF8_STRING) {
        struct slice text = slice_of(value->utf8_string, value->data_size);
        if (!slice_starts_nocase(text, SLICE("AS")) ||
            slice_to_u64(&asn, slice_from(text, 2), UINT32_MAX))
            return false;
    } else if (value->type == MMDB_DATA_TYPE_UINT32) {
        asn = value->uint32;
    } else if (value->type == MMDB_DATA_TYPE_UINT16) {
        asn = value->uint16;
    }
    *ret_asn = (uint32_t)asn;
    return asn != 0;
}

static bool entry_asn(MMDB_entry_s *entry, uint32_t *ret_asn)
{
    for (size_t i = 0; i < COUNT(asn_paths); i++) {
        MMDB_entry_data_s value;
        if (MMDB_aget_value(entry, &value, asn_paths[i]) == MMDB_SUCCESS && value.has_data &&
            read_asn(&value, ret_asn))
            return true;
    }
    return false;
}

static bool holds_country(MMDB_entry_s *entry)
{
    char country[3];
    return entry_country(entry, country);
}

static bool holds_asn(MMDB_entry_s *entry)
{
    uint32_t asn;
    return entry_asn(entry, &asn);
}

/* What a database is for shows in its records: names of types are anyone's choice. */
static bool any_entry(const MMDB_s *mmdb, bool (*holds)(MMDB_entry_s *entry))
{
    for (uint32_t i = 0; i < mmdb->metadata.node_count; i++) {
        MMDB_search_node_s node;
        if (MMDB_read_node(mmdb, i, &node) != MMDB_SUCCESS)
            return false;
        if (node.left_record_type == MMDB_RECORD_TYPE_DATA && holds(&node.left_record_entry))
            return true;
        if (node.right_record_type == MMDB_RECORD_TYPE_DATA && holds(&node.right_record_entry))
            return true;
    }
    return false;
}

static int refuse(char *ret_why, int err, const char *path, const char *why)
{
    if (err == JALON_IO)
        (void)snprintf(ret_why, GEO_WHY_MAX, "%s: %s: %s", path, why, strerror(errno));
    else
        (void)snprintf(ret_why, GEO_WHY_MAX, "%s: %s", path, why);
    return err;
}

static int database_open(struct database *database, const char *path, const char *wanted,
                         bool (*holds)(MMDB_entry_s *entry), char *ret_why)
{
    const char *why;
    if (!path || !*path)
        return JALON_OK;
    int err = mmdb_check(path, &why);
    if (err)
        return refuse(ret_why, err, path, why);
    int status = MMDB_open(path, MMDB_MODE_MMAP, &database->mmdb);
    if (status != MMDB_SUCCESS)
        return refuse(ret_why, JALON_DAMAGED, path, MMDB_strerror(status));
    database->is_open = true;
    if (any_entry(&database->mmdb, holds))
        return JALON_OK;
    (void)snprintf(ret_why, GEO_WHY_MAX, "%s: it holds no %s, but is a database of type %.64s",
                   path, wanted, database->mmdb.metadata.database_type);
    return JALON_UNSUPPORTED;
}

static void database_close(struct database *database)
{
    if (database->is_open)
        MMDB_close(&database->mmdb);
}

static int open_all(struct geo *geo, const char *country, const char *city, const char *asn,
                    char *ret_why)
{
    int err = database_open(&geo->country, country, "country", holds_country, ret_why);
    if (!err)
        err = database_open(&geo->city, city, "country", holds_country, ret_why);
    if (!err)
        err = database_open(&geo->asn, asn, "network number (ASN)", holds_asn, ret_why);
    if (!err)
        err = network_list_parse(&geo->hosting, builtin_hosting(), NULL);
    if (!err)
        err = network_list_parse(&geo->relays, builtin_relays(), NULL);
    return err;
}

int geo_open(struct geo **ret_geo, const char *country, const char *city, const char *asn,
             char ret_why[GEO_WHY_MAX])
{
    (void)snprintf(ret_why, GEO_WHY_MAX, "%s", jalon_error_text(JALON_NO_MEMORY));
    struct geo *geo = calloc(1, sizeof *geo);
    if (!geo)
        return JALON_NO_MEMORY;
    int err = open_all(geo, country, city, asn, ret_why);
    if (err) {
        (void)geo_free(geo); /* returns NULL */
        return err;
    }
    *ret_geo = geo;
    return JALON_OK;
}

static int list_open(struct network_list *ret_list, const char *path, char *ret_why)
{
    struct buffer text;
    unsigned line = 0;
    buffer_init(&text, LIST_BYTES_MAX);
    int err = text_file_read(&text, path);
    if (err)
        (void)refuse(ret_why, err, path,
                     err == JALON_IO ? "it cannot be read" : jalon_error_text(err));
    else
        err = network_list_parse(ret_list, buffer_slice(&text), &line);
    if (err && line)
        (void)snprintf(ret_why, GEO_WHY_MAX,
                       "%s:%u: a network is written as AS64500 or 192.0.2.0/24, one a line", path,
                       line);
    buffer_done(&text);
    return err;
}

static void list_replace(struct network_list *list, struct network_list *by)
{
    network_list_done(list);
    *list = *by;
}

int geo_set_lists(struct geo *geo, const char *hosting, const char *relays,
                  char ret_why[GEO_WHY_MAX])
{
    struct network_list new_hosting = {0}, new_relays = {0};
    bool has_hosting = hosting && *hosting, has_relays = relays && *relays;
    int err = has_hosting ? list_open(&new_hosting, hosting, ret_why) : JALON_OK;
    if (!err && has_relays)
        err = list_open(&new_relays, relays, ret_why);
    if (err) {
        network_list_done(&new_hosting);
        return err;
    }
    if (has_hosting)
        list_replace(&geo->hosting, &new_hosting);
    if (has_relays)
        list_replace(&geo->relays, &new_relays);
    return JALON_OK;
}

struct geo *geo_free(struct geo *geo)
{
    if (!geo)
        return NULL;
    database_close(&geo->country);
    database_close(&geo->city);
    database_close(&geo->asn);
    network_list_done(&geo->hosting);
    network_list_done(&geo->relays);
    free(geo);
    return NULL;
}

/* Databases keep IPv4 apart: ::ffff:192.0.2.1 finds nothing, so it is unmapped first. */
static bool database_find(const struct database *database, const struct address *address,
                          MMDB_entry_s *ret_entry)
{
    if (!database->is_open)
        return false;
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name = {.v6 = {.sin6_family = AF_INET6}};
    if (address_is_v4(address)) {
        name.v4 = (struct sockaddr_in){.sin_family = AF_INET};
        memcpy(&name.v4.sin_addr, address->bytes + 12, 4);
    } else {
        memcpy(&name.v6.sin6_addr, address->bytes, sizeof address->bytes);
    }
    int status;
    MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&database->mmdb, &name.any, &status);
    if (status != MMDB_SUCCESS || !found.found_entry)
        return false;
    *ret_entry = found.entry;
    return true;
}

static uint8_t network_of(const struct geo *geo, const struct address *address, uint32_t asn)
{
    if (network_list_has(&geo->relays, address, asn))
        return NETWORK_RELAY;
    if (network_list_has(&geo->hosting, address, asn))
        return NETWORK_HOSTING;
    return asn ? NETWORK_CONSUMER : NETWORK_UNKNOWN;
}

struct place geo_lookup(const struct geo *geo, const struct address *address)
{
    struct place place = {0};
    MMDB_entry_s entry;
    if (!geo || address_is_special(address))
        return place;
    bool has_country =
        database_find(&geo->country, address, &entry) && entry_country(&entry, place.country);
    if (!has_country && database_find(&geo->city, address, &entry))
        (void)entry_country(&entry, place.country); /* stays "" */
    if (database_find(&geo->asn, address, &entry))
        (void)entry_asn(&entry, &place.asn); /* stays 0 */
    place.network = network_of(geo, address, place.asn);
    return place;
}
