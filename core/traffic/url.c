#include "core/traffic/url.h"

#include "core/traffic/address.h"

#define HOST_MAX 253 /* RFC 1035 section 2.3.4, without the root's dot */
#define LABEL_MAX 63

#define WHY_CHARACTER                                                                              \
    "only printable ASCII without spaces, quotes, backslashes, < and >: percent-encode others"
#define WHY_ESCAPE "a % without two hexadecimal digits behind it: write it as %25"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alphanumeric(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Letters, digits, inner hyphens (RFC 1123 section 2.1), and the underscore that real hosts have. */
static bool is_label(struct slice label)
{
    if (label.size == 0 || label.size > LABEL_MAX)
        return false;
    for (size_t i = 0; i < label.size; i++)
        if (!is_alphanumeric(label.data[i]) && label.data[i] != '-' && label.data[i] != '_')
            return false;
    return label.data[0] != '-' && label.data[label.size - 1] != '-';
}

/* Browsers read a host whose last label is a number, 0x7f and 2130706433 included, as IPv4. */
static bool is_number(struct slice label)
{
    bool is_hex = slice_starts_nocase(label, SLICE("0x"));
    for (size_t i = is_hex ? 2 : 0; i < label.size; i++) {
        if (!(is_hex ? is_hex_digit(label.data[i]) : is_digit(label.data[i])))
            return false;
    }
    return true;
}

static struct slice without_root_dot(struct slice host)
{
    return host.size && host.data[host.size - 1] == '.' ? slice_first(host, host.size - 1) : host;
}

bool url_host_is_name(struct slice host)
{
    struct slice rest = without_root_dot(host), label = SLICE_NONE;
    if (rest.size == 0 || rest.size > HOST_MAX || rest.data[rest.size - 1] == '.')
        return false;
    while (rest.size) {
        label = slice_take(&rest, '.');
        if (!is_label(label))
            return false;
    }
    return !is_number(label);
}

static bool is_host(struct slice host)
{
    struct address address;
    bool has_colon = slice_find(host, ':', 0) < host.size;
    if (host.size && host.data[0] == '[')
        return host.data[host.size - 1] == ']' && !address_parse(&address, host);
    return !has_colon && (url_host_is_name(host) || !address_parse(&address, host));
}

static const char *wrong_character(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~' || strchr("\"<>\\", text.data[i]))
            return WHY_CHARACTER;
        if (text.data[i] == '%' && !(text.size - i > 2 && is_hex_digit(text.data[i + 1]) &&
                                     is_hex_digit(text.data[i + 2])))
            return WHY_ESCAPE;
    }
    return NULL;
}

/* "host", "host:port", "[v6]:port". */
static const char *split_authority(struct url *url, struct slice authority)
{
    if (slice_find(authority, '@', 0) < authority.size)
        return "no user name or password: anyone who clicks would see it";
    size_t end = 0;
    if (authority.size && authority.data[0] == '[')
        end = slice_find(authority, ']', 0);
    end = slice_find(authority, ':', end);
    url->host = slice_first(authority, end);
    url->port = slice_from(authority, end + 1);
    if (!is_host(url->host))
        return "the host must be a domain name, an IPv4 address or an IPv6 one in brackets";
    if (end == authority.size)
        return NULL;
    uint64_t port;
    if (url->port.size > 5 || slice_to_u64(&port, url->port, UINT16_MAX) || port == 0)
        return "the port must be a number from 1 to 65535";
    return NULL;
}

static size_t find_any(struct slice text, const char *delimiters)
{
    for (size_t i = 0; i < text.size; i++)
        if (strchr(delimiters, text.data[i])) /* no NUL gets here */
            return i;
    return text.size;
}

/* Path, query and fragment (RFC 3986 section 3). */
static void split_rest(struct url *url, struct slice rest)
{
    size_t hash = slice_find(rest, '#', 0);
    url->has_fragment = hash < rest.size;
    url->fragment = slice_from(rest, hash + 1);
    rest = slice_first(rest, hash);
    size_t question = slice_find(rest, '?', 0);
    url->has_query = question < rest.size;
    url->query = slice_from(rest, question + 1);
    url->path = slice_first(rest, question);
}

static const char *split(struct url *url, struct slice text)
{
    const char *why = wrong_character(text);
    if (why)
        return why;
    bool is_https = slice_starts_nocase(text, SLICE("https://"));
    if (!is_https && !slice_starts_nocase(text, SLICE("http://")))
        return "it must begin with https:// or http://";
    url->scheme = slice_first(text, is_https ? 5 : 4);
    struct slice rest = slice_from(text, url->scheme.size + 3);
    size_t end = find_any(rest, "/?#");
    why = split_authority(url, slice_first(rest, end));
    if (why)
        return why;
    split_rest(url, slice_from(rest, end));
    return NULL;
}

int url_parse(struct url *ret_url, struct slice text, const char **ret_why)
{
    struct url url = {0};
    bool is_long = text.size > URL_SIZE_MAX;
    const char *why = is_long ? "at most 2048 characters: shorten it" : split(&url, text);
    if (why) {
        if (ret_why)
            *ret_why = why;
        return is_long ? JALON_TOO_LONG : JALON_MALFORMED;
    }
    *ret_url = url;
    return JALON_OK;
}

bool url_host_matches(struct slice host, struct slice allowed)
{
    host = without_root_dot(host);
    allowed = without_root_dot(allowed);
    if (allowed.size == 0)
        return false;
    if (!slice_starts(allowed, SLICE("*.")))
        return slice_equal_nocase(host, allowed);
    struct slice suffix = slice_from(allowed, 1); /* ".example.com" */
    return suffix.size > 1 && host.size > suffix.size &&
           slice_equal_nocase(slice_from(host, host.size - suffix.size), suffix);
}
