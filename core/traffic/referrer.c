#include "core/traffic/referrer.h"

#include "core/traffic/url.h"

/* A network's site and the hosts it sends people from: its link shims, shorteners, mobile sites. A
 * host counts when it is one of them or below it; "google." is Google's site in any country. */
static const struct {
    struct slice host;
    const char *source;
} networks[] = {
#define NETWORK(host, source)                                                                      \
    {                                                                                              \
        SLICE_INIT(host), source                                                                   \
    }
    NETWORK("instagram.com", "instagram.com"),
    NETWORK("ig.me", "instagram.com"),
    NETWORK("facebook.com", "facebook.com"),
    NETWORK("fb.com", "facebook.com"),
    NETWORK("fb.me", "facebook.com"),
    NETWORK("messenger.com", "messenger.com"),
    NETWORK("m.me", "messenger.com"),
    NETWORK("threads.net", "threads.com"),
    NETWORK("threads.com", "threads.com"),
    NETWORK("whatsapp.com", "whatsapp.com"),
    NETWORK("wa.me", "whatsapp.com"),
    NETWORK("tiktok.com", "tiktok.com"),
    NETWORK("youtube.com", "youtube.com"),
    NETWORK("youtu.be", "youtube.com"),
    NETWORK("x.com", "x.com"),
    NETWORK("twitter.com", "x.com"),
    NETWORK("t.co", "x.com"),
    NETWORK("linkedin.com", "linkedin.com"),
    NETWORK("lnkd.in", "linkedin.com"),
    NETWORK("reddit.com", "reddit.com"),
    NETWORK("redd.it", "reddit.com"),
    NETWORK("pin.it", "pinterest.com"),
    NETWORK("pinterest.", "pinterest.com"),
    NETWORK("snapchat.com", "snapchat.com"),
    NETWORK("telegram.org", "telegram.org"),
    NETWORK("telegram.me", "telegram.org"),
    NETWORK("t.me", "telegram.org"),
    NETWORK("discord.com", "discord.com"),
    NETWORK("discord.gg", "discord.com"),
    NETWORK("discordapp.com", "discord.com"),
    NETWORK("twitch.tv", "twitch.tv"),
    NETWORK("tumblr.com", "tumblr.com"),
    NETWORK("t.umblr.com", "tumblr.com"),
    NETWORK("vk.com", "vk.com"),
    NETWORK("bsky.app", "bsky.app"),
    NETWORK("linktr.ee", "linktr.ee"),
    NETWORK("weibo.com", "weibo.com"),
    NETWORK("weibo.cn", "weibo.com"),
    NETWORK("mail.google.com", "mail.google.com"),
    NETWORK("google.", "google.com"),
    NETWORK("bing.com", "bing.com"),
    NETWORK("duckduckgo.com", "duckduckgo.com"),
    NETWORK("ecosia.org", "ecosia.org"),
    NETWORK("qwant.com", "qwant.com"),
    NETWORK("yahoo.", "yahoo.com"),
    NETWORK("yandex.", "yandex.com"),
    NETWORK("ya.ru", "yandex.com"),
    NETWORK("baidu.com", "baidu.com"),
#undef NETWORK
};

/* "google.fr", "google.co.uk", "www.google.com.au", and not "google.evil.example". */
static bool is_country_suffix(struct slice suffix)
{
    struct slice first = slice_take(&suffix, '.');
    if (suffix.size == 0)
        return first.size == 2 || slice_equal_nocase(first, SLICE("com"));
    bool is_second_level =
        slice_equal_nocase(first, SLICE("co")) || slice_equal_nocase(first, SLICE("com"));
    return is_second_level && suffix.size == 2;
}

/* Does `host`, or a part of it that begins a label, match the row's host? */
static bool is_of_network(struct slice host, struct slice row)
{
    bool is_any_country = row.data[row.size - 1] == '.';
    for (;;) {
        if (is_any_country && slice_starts_nocase(host, row) &&
            is_country_suffix(slice_from(host, row.size)))
            return true;
        if (slice_equal_nocase(host, row))
            return true;
        if (slice_find(host, '.', 0) == host.size)
            return false;
        (void)slice_take(&host, '.'); /* the label that did not match */
    }
}

static const char *known_source(struct slice host)
{
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
        if (is_of_network(host, networks[i].host))
            return networks[i].source;
    return NULL;
}

static size_t write_source(char *ret_source, struct slice source)
{
    if (slice_to_string(ret_source, SOURCE_MAX + 1, source)) {
        ret_source[0] = '\0';
        return 0;
    }
    return source.size;
}

static size_t write_host(char *ret_source, struct slice host)
{
    size_t size = write_source(ret_source, host);
    for (size_t i = 0; i < size; i++)
        if (ret_source[i] >= 'A' && ret_source[i] <= 'Z')
            ret_source[i] = (char)(ret_source[i] + ('a' - 'A'));
    return size;
}

/* The authority of "scheme://authority/…" when the scheme is `scheme`; else empty. */
static struct slice authority_of(struct slice referrer, struct slice scheme)
{
    if (!slice_starts_nocase(referrer, scheme))
        return SLICE_NONE;
    struct slice rest = slice_from(referrer, scheme.size);
    size_t end = 0;
    while (end < rest.size && rest.data[end] != '/' && rest.data[end] != '?' &&
           rest.data[end] != '#')
        end++;
    return slice_first(rest, end);
}

static struct slice host_of(struct slice referrer)
{
    struct slice authority = authority_of(referrer, SLICE("https://"));
    if (authority.size == 0)
        authority = authority_of(referrer, SLICE("http://"));
    if (slice_find(authority, '@', 0) < authority.size) /* RFC 9110 section 10.1.3 forbids it */
        return SLICE_NONE;
    struct slice host = slice_take(&authority, ':');
    if (host.size && host.data[host.size - 1] == '.')
        host = slice_first(host, host.size - 1);
    return slice_starts_nocase(host, SLICE("www.")) ? slice_from(host, 4) : host;
}

size_t referrer_source(char ret_source[SOURCE_MAX + 1], struct slice referrer)
{
    ret_source[0] = '\0';
    struct slice package = authority_of(referrer, SLICE("android-app://"));
    if (package.size)
        return url_host_is_name(package) ? write_source(ret_source, package) : 0;
    struct slice host = host_of(referrer);
    if (!url_host_is_name(host)) /* an IP address is no site, and none is ever written down */
        return 0;
    const char *source = known_source(host);
    return source ? write_source(ret_source, slice_of_string(source))
                  : write_host(ret_source, host);
}
