/* geo_test.c - lookups in databases made here, in MaxMind's own where they are at hand, and in damaged
 * ones of every sort. */
#include "core/traffic/geo.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

#define SHARED TESTS_FOLDER "/../../shared/data/mmdb/"
#define FILE_BYTES_MAX 65536

static char folder[] = "/tmp/jalon-geo-XXXXXX";

/* A path in the tests' folder; two live at a time. */
static const char *at(const char *name)
{
    static char paths[2][128];
    static unsigned next;
    char *path = paths[next++ % 2];
    (void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void make(const char *kind, const char *name, const char *rows)
{
    char command[1024];
    (void)snprintf(command, sizeof command, "/usr/bin/python3 %s/samples/make_mmdb.py %s %s/%s %s",
                   TESTS_FOLDER, kind, folder, name, rows);
    assert_int_equal(system(command), 0);
}

static void write_file(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static size_t read_file(const char *path, char bytes[FILE_BYTES_MAX])
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, FILE_BYTES_MAX, file);
    assert_int_equal(fclose(file), 0);
    return size;
}

static int make_databases(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    make("country", "country.mmdb",
         "81.2.69.0/24=GB 81.2.69.128/25=IE 1.0.0.0/8=AU 2a02:d187::/32=DE 9.0.0.0/8=us");
    make("country", "flat.mmdb", "81.2.69.0/24=FR 2a02:d187::/32=ES --flat");
    make("country", "all.mmdb", "0.0.0.0/0=FR 8000::/1=DE 0::/1=ES");
    make("asn", "asn.mmdb",
         "81.2.69.0/24=20712:Andrews 24.0.0.0/8=16509:Amazon 104.28.0.0/16=16509:Amazon "
         "23.0.0.0/8=13335:Cloudflare 2a02:d187::/32=4294967295:Last");
    make("asn", "asn-flat.mmdb", "81.2.69.0/24=20712:Andrews 24.0.0.0/8=16509:Amazon --flat");
    return 0;
}

static int remove_databases(void **state)
{
    (void)state;
    static const char *const names[] = {"country.mmdb",  "flat.mmdb",    "all.mmdb", "asn.mmdb",
                                        "asn-flat.mmdb", "damaged.mmdb", "list.txt"};
    for (size_t i = 0; i < COUNT(names); i++)
        (void)unlink(at(names[i])); /* not all were made */
    return rmdir(folder);
}

static struct geo *open_geo(const char *country, const char *city, const char *asn)
{
    struct geo *geo = NULL;
    char why[GEO_WHY_MAX] = "";
    if (geo_open(&geo, country, city, asn, why) != JALON_OK)
        fail_msg("%s", why);
    return geo;
}

static struct place find(const struct geo *geo, const char *text)
{
    struct address address = {{0}};
    assert_int_equal(address_parse(&address, slice_of_string(text)), JALON_OK);
    return geo_lookup(geo, &address);
}

static void test_country(void **state)
{
    (void)state;
    static const struct {
        const char *address, *nested, *flat;
    } rows[] = {
        {"81.2.69.1", "GB", "FR"},        {"81.2.69.200", "IE", "FR"}, {"81.2.70.1", "", ""},
        {"::ffff:81.2.69.1", "GB", "FR"}, {"1.255.255.255", "AU", ""}, {"2.0.0.0", "", ""},
        {"2a02:d187::5", "DE", "ES"},     {"2a02:d188::5", "", ""},    {"9.1.1.1", "", ""},
    };
    struct geo *nested = open_geo(at("country.mmdb"), NULL, "");
    struct geo *flat = open_geo(at("flat.mmdb"), "", NULL);
    struct geo *city = open_geo("", at("country.mmdb"), NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(find(nested, rows[i].address).country, rows[i].nested);
        assert_string_equal(find(city, rows[i].address).country, rows[i].nested);
        assert_string_equal(find(flat, rows[i].address).country, rows[i].flat);
        assert_int_equal(find(nested, rows[i].address).asn, 0);
    }
    assert_null(geo_free(nested));
    assert_null(geo_free(flat));
    assert_null(geo_free(city));
    struct geo *both = open_geo(at("flat.mmdb"), at("country.mmdb"), NULL);
    assert_string_equal(find(both, "81.2.69.1").country, "FR");
    assert_string_equal(find(both, "1.2.3.4").country, "AU"); /* known to the city file only */
    assert_null(geo_free(both));
}

static void test_special_addresses_are_not_looked_up(void **state)
{
    (void)state;
    struct geo *geo = open_geo(at("all.mmdb"), NULL, NULL);
    static const char *const rows[] = {
        "127.0.0.1", "10.1.2.3", "100.64.1.1",  "192.0.2.1",
        "::1",       "fe80::1",  "2001:db8::1", "::ffff:192.168.1.1"};
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(find(geo, rows[i]).country, "");
    assert_string_equal(find(geo, "8.8.8.8").country, "FR");
    assert_string_equal(find(geo, "2606:4700::1").country, "ES");
    assert_null(geo_free(geo));
}

static void test_networks(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        uint32_t asn;
        int network;
    } rows[] = {
        {"81.2.69.1", 20712, NETWORK_CONSUMER}, {"24.1.1.1", 16509, NETWORK_HOSTING},
        {"104.28.1.1", 16509, NETWORK_RELAY},   {"23.1.1.1", 13335, NETWORK_RELAY},
        {"8.8.8.8", 0, NETWORK_UNKNOWN},        {"2a02:d187::1", UINT32_MAX, NETWORK_CONSUMER},
        {"2606:54c0::1", 0, NETWORK_RELAY},     {"10.0.0.1", 0, NETWORK_UNKNOWN},
    };
    struct geo *geo = open_geo(NULL, NULL, at("asn.mmdb"));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct place place = find(geo, rows[i].address);
        assert_int_equal(place.asn, rows[i].asn);
        assert_int_equal(place.network, rows[i].network);
        assert_string_equal(place.country, "");
    }
    assert_null(geo_free(geo));
    geo = open_geo(NULL, NULL, at("asn-flat.mmdb"));
    assert_int_equal(find(geo, "24.1.1.1").asn, 16509);
    assert_int_equal(find(geo, "24.1.1.1").network, NETWORK_HOSTING);
    assert_null(geo_free(geo));
    geo = open_geo(NULL, NULL, NULL);
    assert_int_equal(find(geo, "24.1.1.1").network, NETWORK_UNKNOWN);
    assert_null(geo_free(geo));
    assert_int_equal(find(NULL, "24.1.1.1").network, NETWORK_UNKNOWN);
    assert_null(geo_free(NULL));
}

static void test_lists(void **state)
{
    (void)state;
    char why[GEO_WHY_MAX] = "";
    struct geo *geo = open_geo(NULL, NULL, at("asn.mmdb"));
    write_file(at("list.txt"), "AS20712 an access provider\n", 27);
    assert_int_equal(geo_set_lists(geo, at("list.txt"), NULL, why), JALON_OK);
    assert_int_equal(find(geo, "81.2.69.1").network, NETWORK_HOSTING);
    assert_int_equal(find(geo, "24.1.1.1").network, NETWORK_CONSUMER);
    assert_int_equal(find(geo, "23.1.1.1").network, NETWORK_RELAY); /* that list stays */
    write_file(at("list.txt"), "81.2.69.0/24,GB,GB-EN,London,\n", 30);
    assert_int_equal(geo_set_lists(geo, "", at("list.txt"), why), JALON_OK);
    assert_int_equal(find(geo, "81.2.69.1").network, NETWORK_RELAY);
    assert_int_equal(find(geo, "23.1.1.1").network, NETWORK_CONSUMER);

    write_file(at("list.txt"), "AS1\nnonsense\n", 13);
    assert_int_equal(geo_set_lists(geo, at("list.txt"), NULL, why), JALON_MALFORMED);
    assert_non_null(strstr(why, "list.txt:2: "));
    assert_int_equal(geo_set_lists(geo, NULL, "/nonexistent/relays", why), JALON_IO);
    assert_non_null(strstr(why, "/nonexistent/relays: "));
    assert_int_equal(geo_set_lists(geo, NULL, folder, why), JALON_IO);
    assert_int_equal(geo_set_lists(geo, NULL, NULL, why), JALON_OK);
    assert_int_equal(find(geo, "81.2.69.1").network, NETWORK_RELAY); /* nothing changed */
    assert_null(geo_free(geo));
}

static void refuse(int error, const char *country, const char *asn, const char *words)
{
    struct geo *geo = NULL;
    char why[GEO_WHY_MAX] = "";
    assert_int_equal(geo_open(&geo, country, NULL, asn, why), error);
    assert_null(geo);
    if (!strstr(why, words))
        fail_msg("\"%s\" does not say \"%s\"", why, words);
}

static void test_foreign_files(void **state)
{
    (void)state;
    refuse(JALON_UNSUPPORTED, at("asn.mmdb"), NULL,
           "asn.mmdb: it holds no country, but is a database of type Jalon-Test-ASN");
    refuse(JALON_UNSUPPORTED, NULL, at("country.mmdb"),
           "country.mmdb: it holds no network number (ASN), but is a database of type "
           "Jalon-Test-Country");
    refuse(JALON_UNSUPPORTED, NULL, at("flat.mmdb"), "holds no network number");
    refuse(JALON_IO, "/nonexistent/a.mmdb", NULL, "/nonexistent/a.mmdb: ");
    refuse(JALON_DAMAGED, folder, NULL, folder);
    refuse(JALON_DAMAGED, "/dev/null", NULL, "/dev/null: ");
    write_file(at("damaged.mmdb"), "", 0);
    refuse(JALON_DAMAGED, at("damaged.mmdb"), NULL, "damaged.mmdb: it is empty");
    write_file(at("damaged.mmdb"), "country,iso\n", 12);
    refuse(JALON_DAMAGED, at("damaged.mmdb"), NULL, "damaged.mmdb: it is not a MaxMind DB");
    write_file(at("damaged.mmdb"), "\xab\xcd\xefMaxMind.com", 14);
    refuse(JALON_DAMAGED, at("damaged.mmdb"), NULL, "its metadata is damaged");
}

static void test_long_names_fit(void **state)
{
    (void)state;
    char name[600];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    refuse(JALON_IO, name, NULL, "xxx");
}

/* What it opens, it must be able to look up in: a few addresses, so that every part is walked. */
static void try_damaged(const char *country, const char *asn)
{
    struct geo *geo = NULL;
    char why[GEO_WHY_MAX] = "";
    if (geo_open(&geo, country, NULL, asn, why)) {
        assert_string_not_equal(why, "");
        return;
    }
    static const char *const addresses[] = {"81.2.69.1",    "1.2.3.4", "24.1.1.1",
                                            "2a02:d187::1", "8.8.8.8", "2606:4700::1",
                                            "216.160.83.56"};
    for (size_t i = 0; i < COUNT(addresses); i++)
        (void)find(geo, addresses[i]);
    assert_null(geo_free(geo));
}

/* Cut short at every size, and each byte changed in turn: no crash, no hang. */
static void test_damaged_files(void **state)
{
    (void)state;
    static char bytes[FILE_BYTES_MAX];
    make("country", "damaged.mmdb", "81.2.0.0/16=GB 24.0.0.0/8=FR");
    size_t size = read_file(at("damaged.mmdb"), bytes);
    assert_in_range(size, 100, 4000);
    for (size_t cut = 0; cut < size; cut += cut < 20 || cut + 400 > size ? 1 : 37) {
        write_file(at("damaged.mmdb"), bytes, cut);
        try_damaged(at("damaged.mmdb"), NULL);
    }
    static const char values[] = {0x00, (char)0xff, 0x20, (char)0xe1};
    for (size_t i = 0; i < size; i++) {
        char before = bytes[i];
        if (i % 5 == 4)
            bytes[i] = (char)(before ^ 0x40);
        else
            bytes[i] = values[i % 5];
        write_file(at("damaged.mmdb"), bytes, size);
        try_damaged(at("damaged.mmdb"), NULL);
        bytes[i] = before;
    }
}

/* Structures that libmaxminddb's own advisories are about. */
static void test_hostile_structures(void **state)
{
    (void)state;
#define METADATA                                                                                   \
    "\xab\xcd\xefMaxMind.com\xe9"                                                                  \
    "\x5b"                                                                                         \
    "binary_format_major_version\xa1\x02"                                                          \
    "\x5b"                                                                                         \
    "binary_format_minor_version\xa0"                                                              \
    "\x4b"                                                                                         \
    "build_epoch\x01\x02\x07"                                                                      \
    "\x4d"                                                                                         \
    "database_type\x41T"                                                                           \
    "\x4b"                                                                                         \
    "description\xe1\x42"                                                                          \
    "en\x41T"                                                                                      \
    "\x4a"                                                                                         \
    "ip_version\xa1\x04"                                                                           \
    "\x49"                                                                                         \
    "languages\x01\x04\x42"                                                                        \
    "en"                                                                                           \
    "\x4a"                                                                                         \
    "node_count\xc1\x01"                                                                           \
    "\x4b"                                                                                         \
    "record_size\xa1\x18"
#define TREE                                                                                       \
    "\0\0\x11\0\0\x11\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" /* one node, both records: offset 0 */
    static const struct {
        const char *name, *values;
        size_t size;
    } rows[] = {
        {"a map without end", "\xfe\xff\xff\x41x", 5},
        {"a pointer to itself", "\x20\x00", 2},
        {"a pointer to a pointer", "\x20\x02\x20\x04\xe0", 5},
        {"a pointer out of the section", "\x3f\xff\xff\xff\xff", 5},
        {"a key that is no string", "\xe1\xa1\x01\x41x", 5},
        {"a string out of the section", "\x5e\xff\xffx", 4},
        {"a container", "\x00\x05", 2},
        {"an end marker", "\x00\x06", 2},
        {"a number too wide", "\xc8\x01\x02\x03\x04\x05\x06\x07\x08", 9},
        {"a double of 4 bytes", "\x64\x01\x02\x03\x04", 5},
        {"nothing", "", 0},
    };
    static char bytes[FILE_BYTES_MAX];
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *end = bytes;
        end = (char *)mempcpy(end, TREE, sizeof TREE - 1);
        end = (char *)mempcpy(end, rows[i].values, rows[i].size);
        end = (char *)mempcpy(end, METADATA, sizeof METADATA - 1);
        write_file(at("damaged.mmdb"), bytes, (size_t)(end - bytes));
        refuse(JALON_DAMAGED, at("damaged.mmdb"), NULL, "damaged");
    }
    /* The same frame around a whole value is whole: what is refused above is the value. */
    char *end = (char *)mempcpy(bytes, TREE, sizeof TREE - 1);
    end = (char *)mempcpy(end,
                          "\xe1\x4c"
                          "country_code\x42"
                          "FR",
                          17);
    end = (char *)mempcpy(end, METADATA, sizeof METADATA - 1);
    write_file(at("damaged.mmdb"), bytes, (size_t)(end - bytes));
    struct geo *geo = open_geo(at("damaged.mmdb"), NULL, NULL);
    assert_string_equal(find(geo, "8.8.8.8").country, "FR");
    assert_null(geo_free(geo));

    /* Nesting that would end a recursive reader's stack. */
    end = (char *)mempcpy(bytes, TREE, sizeof TREE - 1);
    for (size_t depth = 0; depth < 10000; depth++)
        end = (char *)mempcpy(end, "\xe1\x41x", 3);
    end = (char *)mempcpy(end, "\xe0" METADATA, sizeof METADATA);
    write_file(at("damaged.mmdb"), bytes, (size_t)(end - bytes));
    refuse(JALON_DAMAGED, at("damaged.mmdb"), NULL, "damaged");
}

static void test_maxminds_lookups(void **state)
{
    (void)state;
    FILE *file = fopen(SHARED "lookups.csv", "r");
    if (!file) {
        print_message("skipped: no %s here\n", SHARED);
        skip();
    }
    char line[512], database[256] = "";
    struct geo *geo = NULL;
    size_t count = 0;
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        struct slice rest = slice_of(line, strcspn(line, "\r\n"));
        struct slice name = slice_take(&rest, ','), text = slice_take(&rest, ',');
        struct slice path = slice_take(&rest, ','), expected = rest;
        bool is_asn = slice_is(path, "autonomous_system_number");
        if (!is_asn && !slice_is(path, "country.iso_code"))
            continue;
        char full[256];
        (void)snprintf(full, sizeof full, "%s%.*s", SHARED, SLICE_ARG(name));
        if (strcmp(full, database)) {
            (void)geo_free(geo); /* returns NULL */
            geo = open_geo(is_asn ? NULL : full, NULL, is_asn ? full : NULL);
            memcpy(database, full, sizeof database);
        }
        struct address address;
        assert_int_equal(address_parse(&address, text), JALON_OK);
        char found[16] = "";
        struct place place = geo_lookup(geo, &address);
        if (is_asn && place.asn)
            (void)snprintf(found, sizeof found, "%u", place.asn);
        else if (!is_asn)
            (void)snprintf(found, sizeof found, "%s", place.country);
        if (!slice_is(expected, found) && !address_is_special(&address))
            fail_msg("%.*s %.*s: \"%s\"", SLICE_ARG(name), SLICE_ARG(text), found);
        count++;
    }
    assert_in_range(count, 500, 5000);
    (void)geo_free(geo); /* returns NULL */
    assert_int_equal(fclose(file), 0);
}

static void test_maxminds_bad_files(void **state)
{
    (void)state;
    static const char *const names[] = {
        "bad/bad-unicode-in-map-key.mmdb",
        "bad/invalid-bytes-length.mmdb",
        "bad/invalid-map-key-length.mmdb",
        "bad/libmaxminddb-corrupt-search-tree.mmdb",
        "bad/libmaxminddb-deep-nesting.mmdb",
        "bad/libmaxminddb-empty-map-last-in-metadata.mmdb",
        "bad/libmaxminddb-offset-integer-overflow.mmdb",
        "bad/libmaxminddb-oversized-map.mmdb",
        "bad/libmaxminddb-separator-record-min-left.mmdb",
        "bad/libmaxminddb-uint64-max-epoch.mmdb",
        "bad/metadata-is-an-uint128.mmdb",
        "GeoIP2-City-Test-Invalid-Node-Count.mmdb",
        "MaxMind-DB-test-broken-pointers-24.mmdb",
        "MaxMind-DB-no-ipv4-search-tree.mmdb",
    };
    if (access(SHARED "bad", R_OK)) {
        print_message("skipped: no %s here\n", SHARED);
        skip();
    }
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "%s%s", SHARED, names[i]);
        assert_int_equal(access(path, R_OK), 0);
        try_damaged(path, NULL);
        try_damaged(NULL, path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_country),
        cmocka_unit_test(test_special_addresses_are_not_looked_up),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_foreign_files),
        cmocka_unit_test(test_long_names_fit),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_hostile_structures),
        cmocka_unit_test(test_maxminds_lookups),
        cmocka_unit_test(test_maxminds_bad_files),
    };
    return cmocka_run_group_tests(tests, make_databases, remove_databases);
}
