-- A redirector on Redis as it is commonly written: one pipeline a click, over kept connections.
local found, redis = pcall(require, "resty.redis")
if not found then
    redis = require("nginx.redis")
end

local red = redis:new()
red:set_timeout(5000)
local ok, err = red:connect(redis_socket)
if not ok then
    ngx.log(ngx.ERR, "redis: ", err)
    return ngx.exit(503)
end
local code = ngx.var.uri
local headers = ngx.req.get_headers()
local id = ngx.now() * 1000 .. "-" .. ngx.var.connection .. "-" .. ngx.var.connection_requests
red:init_pipeline(3)
red:get("link:" .. code)
red:xadd("clicks", "*", "id", id, "link", code, "at", ngx.now(), "class", "human", "country", "FR",
    "device", "phone", "source", headers["Referer"] or "", "visitor", headers["X-Forwarded-For"] or "")
red:hincrby("days:" .. code, ngx.today() .. ":human", 1)
local replies
replies, err = red:commit_pipeline()
if not replies or replies[1] == ngx.null then
    ngx.log(ngx.ERR, "redis: ", err)
    return ngx.exit(503)
end
red:set_keepalive(60000, 128)
return ngx.redirect(replies[1] .. "&jclid=" .. id, 302)
