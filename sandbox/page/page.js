// Polls /control/page and draws what changed; all text goes in as text, never as markup.
"use strict";

const EVERY_MS = 1000;
const NOTICE_MS = 4000;
const $ = (id) => document.getElementById(id);
const OUTCOMES = { abort: "连接重置", drop: "已生效但不应答" };
const ORIGINS = { miniprogram: "订阅消息", service: "服务号模板消息", sms: "短信" };
const CLIENT_ERRORS = { 20004: "这位企业主已关闭全部订阅消息（20004）。" };
const drawnPhones = new Map();
let drawn = "";
let asked = 0;
let leaving = 0;

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function tell(text, isFault) {
  clearTimeout(leaving);
  $("notice").textContent = text;
  $("notice").className = isFault ? "bad" : "";
  $("notice").hidden = false;
  if (!isFault) leaving = setTimeout(() => { $("notice").hidden = true; }, NOTICE_MS);
}

async function press(owner, template, answer) {
  const body = JSON.stringify({ template_ids: [template.id], answers: { [template.id]: answer } });
  try {
    const path = `/control/owners/${encodeURIComponent(owner.openid)}/subscribe`;
    const told = await (await fetch(path, { method: "POST", body })).json();
    const fault = told.error ?? (told.errCode ? (CLIENT_ERRORS[told.errCode] ?? told.errMsg) : "");
    const done = `${owner.name || owner.openid}${answer === "accept" ? "接受" : "拒绝"}了“${template.title}”。`;
    tell(fault ? `“${template.title}”没有办成：${fault}` : done, Boolean(fault));
  } catch {
    tell("连接不上沙箱，这次点击没有生效。", true);
  }
  await refresh();
}

function button(label, className, owner, template, answer) {
  const made = element("button", className, label);
  made.type = "button";
  made.id = `${answer}:${owner.openid}:${template.id}`;
  made.setAttribute("aria-label", `${label}：${template.title}`);
  made.addEventListener("click", () => press(owner, template, answer));
  return made;
}

function permitLine(owner, template) {
  const permit = owner.permits.find((one) => one.template_id === template.id);
  const state = template.kind === "long_term"
    ? (permit?.standing ? "长期订阅中" : "未订阅")
    : `可发 ${permit?.credits ?? 0} 次`;
  const kept = permit?.kept ? (permit.kept === "accept" ? "，总是允许" : "，总是拒绝") : "";
  return element("li", "permit",
    element("span", "", template.title, " ", element("em", "", state + kept)),
    button("接受", "accept", owner, template, "accept"),
    button("拒绝", "", owner, template, "reject"));
}

function card(message) {
  const fields = element("dl", "");
  for (const field of message.fields) {
    fields.append(element("dt", "", field.name), element("dd", "", field.value));
  }
  const origin = ORIGINS[message.account] ?? message.account;
  const leads = message.account === "sms" ? "" : ` · ${message.page ? `点击进入 ${message.page}` : "无跳转页面"}`;
  return [
    element("time", "", message.sent_at.slice(5, 19).replace("T", " ")),
    element("article", "card",
      element("h3", "", message.title), fields,
      element("footer", "", `${origin}${leads}`)),
  ];
}

function phone(owner, templates) {
  const cards = element("div", "cards");
  cards.tabIndex = 0;
  cards.id = `cards:${owner.openid}`;
  cards.setAttribute("role", "group");
  cards.setAttribute("aria-label", `${owner.name || "未命名"}收到的消息`);
  cards.append(...owner.messages.flatMap(card));
  if (!owner.messages.length) cards.append(element("p", "none", "还没有收到消息"));
  const permits = element("ul", "permits");
  permits.append(...templates.filter((one) => one.kind !== "service").map((one) => permitLine(owner, one)));
  const who = element("p", "who", `${owner.phone}`, element("br", ""), owner.openid);
  if (!owner.main_switch) who.append(element("br", ""), element("span", "off", "已关闭全部订阅消息"));
  return element("article", "phone", element("h2", "", owner.name || "未命名"), who, cards, permits);
}

// A phone that has not changed stays the same element, so that scrolling and focus survive what happens elsewhere.
function keptPhone(owner, templates) {
  const told = JSON.stringify(owner);
  const before = drawnPhones.get(owner.openid);
  if (before?.told === told) return before.made;
  const made = phone(owner, templates);
  drawnPhones.set(owner.openid, { told, made });
  return made;
}

function drawPhones(owners, templates) {
  const focused = document.activeElement?.id;
  const made = owners.map((owner) => keptPhone(owner, templates));
  const isSame = made.length === $("phones").children.length && made.every((one, at) => one === $("phones").children[at]);
  if (isSame) return;
  $("phones").replaceChildren(...made);
  const shown = new Set(owners.map((owner) => owner.openid));
  for (const openid of drawnPhones.keys()) if (!shown.has(openid)) drawnPhones.delete(openid);
  if (focused) $(focused)?.focus({ preventScroll: true });
}

function faultText(fault) {
  const parts = [];
  if (fault.errcode !== null) parts.push(`errcode ${fault.errcode}`);
  if (fault.sms_code !== null) parts.push(`短信 ${fault.sms_code}`);
  if (fault.http_status !== null) parts.push(`HTTP ${fault.http_status}`);
  if (fault.drop) parts.push(OUTCOMES.drop);
  if (fault.abort) parts.push(OUTCOMES.abort);
  if (fault.delay_ms) parts.push(`${fault.delay_before ? "推迟生效" : "推迟应答"} ${fault.delay_ms} 毫秒`);
  return parts.join("，");
}

function faultScope(fault, titles) {
  const parts = [];
  if (fault.openid) parts.push(fault.openid);
  if (fault.template_id) parts.push(titles.get(fault.template_id) ?? fault.template_id);
  if (fault.ratio < 1) parts.push(`${Math.round(fault.ratio * 1000) / 10}% 的调用`);
  if (fault.times !== null) parts.push(`最多 ${fault.times} 次`);
  return parts.join("，") || "全部调用";
}

function row(...cells) {
  return element("tr", "", ...cells.map((cell) => element("td", "", String(cell))));
}

function nothing(columns, text) {
  const cell = element("td", "none", text);
  cell.colSpan = columns;
  return element("tr", "", cell);
}

function callRow(call, names) {
  const refused = call.errcode ? `errcode ${call.errcode}` : "成功";
  const result = call.outcome ? (OUTCOMES[call.outcome] ?? call.outcome.replace("http", "HTTP")) : refused;
  const made = row(call.at.slice(11, 23), call.path, names.get(call.openid) ?? call.openid, result);
  if (result !== "成功") made.lastChild.className = "bad";
  return made;
}

function drawTables(state) {
  const names = new Map(state.owners.map((owner) => [owner.openid, owner.name || owner.openid]));
  const titles = new Map(state.templates.map((template) => [template.id, template.title]));
  const faults = state.faults.map((fault) => row(
    fault.id, fault.path === "*" ? "任何接口" : fault.path, faultText(fault), faultScope(fault, titles),
    `${fault.hits} 次${fault.is_over ? "（已用完）" : ""}`));
  $("faults").replaceChildren(...(faults.length ? faults : [nothing(5, "没有注入故障")]));
  const calls = state.calls.map((call) => callRow(call, names));
  $("calls").replaceChildren(...(calls.length ? calls : [nothing(4, "还没有调用")]));
}

function drawTotals(state) {
  const hidden = state.owners_total > state.owners.length && !$("q").value.trim()
    ? `（显示最近活跃的 ${state.owners.length} 人）` : "";
  const told = `企业主 ${state.owners_total} 人${hidden}，收到消息 ${state.messages_total} 条；`
    + `事件推送：待推 ${state.pushes.pending}，已送达 ${state.pushes.delivered}，放弃 ${state.pushes.given_up}`;
  if ($("totals").textContent !== told) $("totals").textContent = told;
}

function draw(state) {
  drawPhones(state.owners, state.templates);
  drawTables(state);
  drawTotals(state);
  $("empty").hidden = state.owners.length > 0;
  $("empty").textContent = state.owners_total
    ? "没有找到这样的企业主。"
    : "还没有企业主。用 demo-zhang 这样的登录码（demo- 加拼音）登录一次，这里就会出现他的手机。";
}

// Only the newest question's answer is drawn: a slow one must not undo it.
async function refresh() {
  const mine = ++asked;
  try {
    const answer = await fetch(`/control/page?q=${encodeURIComponent($("q").value.trim())}`);
    const text = await answer.text();
    if (mine !== asked) return;
    if (!answer.ok) throw new Error(String(answer.status));
    if (text === drawn) return;
    draw(JSON.parse(text));
    drawn = text;
  } catch {
    if (mine !== asked) return;
    drawn = "";
    $("totals").textContent = "连接不上沙箱，正在重试……";
  }
}

async function keepFresh() {
  await refresh();
  setTimeout(keepFresh, EVERY_MS);
}

$("search").addEventListener("submit", (event) => event.preventDefault());
$("q").addEventListener("input", refresh);
keepFresh();
