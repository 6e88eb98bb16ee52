-- wrk's requests: what material.c makes, made here again, so that one generator checks the other.
--     wrk ... -s wrk_requests.lua http://127.0.0.1:PORT -- PATHS AGENTS
local paths, fields, sums = {}, {}, {}

function init(args)
    local sum = 0
    for path in io.lines(args[1]) do
        paths[#paths + 1] = "GET " .. path
        sum = sum + 1 / #paths
        sums[#sums + 1] = sum
    end
    for agent in io.lines(args[2]) do
        fields[#fields + 1] = table.concat({
            " HTTP/1.1", "Host: go.example.com", "User-Agent: " .. agent,
            "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document",
            "Accept-Language: fr-FR,fr;q=0.9,en;q=0.8", "Accept-Encoding: gzip, deflate, br",
            "Referer: https://www.instagram.com/", "X-Forwarded-For: 101." }, "\r\n")
    end
end

local random = math.random

local function draw()
    local at, low, high = random() * sums[#sums], 1, #sums
    while low < high do
        local middle = math.floor((low + high) / 2)
        if sums[middle] > at then high = middle else low = middle + 1 end
    end
    return paths[low]
end

function request()
    return draw() .. fields[random(#fields)] .. random(100, 254) .. "." .. random(100, 254) .. "." ..
        random(100, 254) .. "\r\n\r\n"
end

function done(summary)
    local errors = summary.errors
    io.write(string.format('\n{"answered": %d, "wrong": %d, "seconds": %.6f}\n', summary.requests,
        errors.status + errors.connect + errors.read + errors.write + errors.timeout,
        summary.duration / 1e6))
end
