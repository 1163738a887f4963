# What the examples of the API reference speak of, and a key that may all of it.
cat >holdfast.toml <<'END'
[[sinks]]
name = "erp"
type = "noop"
[[sinks]]
name = "shop"
type = "noop"
deliver = "stock"
channel = "web"
mode = "observe"
[[sources]]
name = "wms"
type = "generic"
secrets = ["correct horse battery staple"]
signature = { scheme = "hmac-sha256", header = "x-signature", encoding = "hex" }
[sources.mapping]
id = "/id"
type = { constant = "stock.received" }
sku = "/item"
location = "/site"
quantity = "/qty"
occurred_at = "/at"
END
chmod 600 holdfast.toml
HOLDFAST_KEY=$(holdfast key create --data-dir ledger --name owner \
  --scopes admin,stock:read,stock:write,hold:write,order:write,feed:read,metrics)
export HOLDFAST_KEY
holdfast serve --config holdfast.toml --data-dir ledger
H=http://127.0.0.1:4653
curl --json '{"locations":["berlin","leeds"]}' -X PUT $H/v1/channels/web
curl --json '{"locations":["leeds"]}' -X PUT $H/v1/channels/pop-up
for sku in A B ABC-1; do
  curl --json '{"type":"stock.counted","location":"berlin","sku":"'$sku'","counted":50}' $H/v1/events
done
for cart in 9 10 11; do
  curl --json '{"id":"cart-'$cart'","channel":"web","lines":[{"sku":"A","quantity":2}]}' $H/v1/holds
done
curl --json '{"channel":"web","order":"1001","lines":[{"sku":"A","quantity":2}]}' $H/v1/orders
