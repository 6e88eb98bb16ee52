/* jalon_token: a verified token with its parts as C strings, for those who don't speak slices. */
#include "core/sign/token.h"

#include <stdlib.h>

struct jalon_token {
    struct token token;
    char campaign[JALON_SLUG_SIZE_MAX + 1];
    char creator[JALON_SLUG_SIZE_MAX + 1];
    char channel[JALON_SLUG_SIZE_MAX + 1];
    char target[JALON_TARGET_SIZE_MAX + 1];
};

static int read_strings(jalon_token *handle)
{
    const struct token *token = &handle->token;
    int err = slice_to_string(handle->campaign, sizeof handle->campaign, token->campaign);
    if (!err)
        err = slice_to_string(handle->creator, sizeof handle->creator, token->creator);
    if (!err)
        err = slice_to_string(handle->channel, sizeof handle->channel, token->channel);
    if (!err)
        err = slice_to_string(handle->target, sizeof handle->target, token->target);
    return err;
}

int jalon_token_open(jalon_token **ret_token, const jalon_keys *keys, const char *text, size_t size)
{
    if (!ret_token || !keys || (!text && size))
        return JALON_BAD_ARGUMENT;
    jalon_token *handle = malloc(sizeof *handle);
    if (!handle)
        return JALON_NO_MEMORY;
    int err = token_read(&handle->token, keys, slice_of(text, size));
    if (!err)
        err = read_strings(handle);
    if (err) {
        free(handle);
        return err;
    }
    *ret_token = handle;
    return JALON_OK;
}

void jalon_token_free(jalon_token *token)
{
    free(token);
}

const char *jalon_token_campaign(const jalon_token *token)
{
    return token ? token->campaign : "";
}

const char *jalon_token_creator(const jalon_token *token)
{
    return token ? token->creator : "";
}

const char *jalon_token_channel(const jalon_token *token)
{
    return token ? token->channel : "";
}

const char *jalon_token_target(const jalon_token *token)
{
    return token ? token->target : "";
}

int64_t jalon_token_expires_at(const jalon_token *token)
{
    return token ? token->token.expires_at : 0;
}

int jalon_token_link_id(const jalon_token *token, uint64_t *ret_link_id)
{
    if (!token || !ret_link_id)
        return JALON_BAD_ARGUMENT;
    return token_link_id(ret_link_id, &token->token);
}
