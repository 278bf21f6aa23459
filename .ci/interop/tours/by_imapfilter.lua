-- The tour by imapfilter: PORT, OUT and LETTER come in the environment, see tours.py.
local out = os.getenv('OUT')

local function write_file(path, octets)
    local file = assert(io.open(path, 'wb'))
    file:write(octets)
    file:close()
end

options.timeout = 60
options.info = false
local account = IMAP { server = '127.0.0.1', port = tonumber(os.getenv('PORT')), username = 'alice', password = 'secret' }

local mailboxes = account:list_all()
write_file(out .. '/folders', table.concat(mailboxes, '\n') .. '\n')
local inbox = account['INBOX']
local all = inbox:select_all()
for _, message in ipairs(all) do
    local number = message[2]
    write_file(out .. '/fetched/' .. number, inbox[number]:fetch_message())
end
local function subject(text)
    return inbox:contain_subject(text)
end
subject('1'):mark_flagged()
local file = assert(io.open(os.getenv('LETTER'), 'rb'))
inbox:append_message(file:read('*a'), '\\Seen')
file:close()
subject('2'):move_messages(account['Archive'])
subject('3'):delete_messages()
