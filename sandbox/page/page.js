// Polls /control/page and draws it; all text goes in as text, never as markup.
"use strict";

const EVERY_MS = 1500;
const $ = (id) => document.getElementById(id);
let drawn = "";

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

async function press(owner, template, answer) {
  const body = JSON.stringify({ template_ids: [template.id], answers: { [template.id]: answer } });
  await fetch(`/control/owners/${encodeURIComponent(owner.openid)}/subscribe`, { method: "POST", body });
  await refresh();
}

function button(label, className, action) {
  const made = element("button", className, label);
  made.type = "button";
  made.addEventListener("click", action);
  return made;
}

function permitLine(owner, template) {
  const permit = owner.permits.find((one) => one.template_id === template.id);
  const state = template.kind === "long_term"
    ? (permit?.standing ? "长期订阅中" : "未订阅")
    : `可发 ${permit?.credits ?? 0} 次`;
  const kept = permit?.kept ? (permit.kept === "accept" ? "，总是允许" : "，总是拒绝") : "";
  return element("div", "permit",
    element("span", "", template.title, " ", element("em", "", state + kept)),
    button("接受订阅", "accept", () => press(owner, template, "accept")),
    button("拒绝", "", () => press(owner, template, "reject")));
}

function card(message) {
  const fields = element("dl", "");
  for (const field of message.fields) {
    fields.append(element("dt", "", field.name), element("dd", "", field.value));
  }
  const origin = message.account === "service" ? "服务号模板消息" : "订阅消息";
  return [
    element("time", "", message.sent_at.slice(5, 19).replace("T", " ")),
    element("article", "card",
      element("h4", "", message.title), fields,
      element("footer", "", `${origin} · ${message.page ? `点击进入 ${message.page}` : "无跳转页面"}`)),
  ];
}

function phone(owner, templates) {
  const cards = element("div", "cards");
  cards.append(...owner.messages.flatMap(card));
  if (!owner.messages.length) cards.append(element("p", "none", "还没有收到消息"));
  const permits = element("div", "permits");
  permits.append(...templates.filter((one) => one.kind !== "service").map((one) => permitLine(owner, one)));
  return element("section", "phone",
    element("h3", "", owner.name || "未命名", element("small", "", `${owner.phone} · ${owner.openid}`)),
    cards, permits);
}

function faultText(fault) {
  const parts = [];
  if (fault.errcode !== null) parts.push(`errcode ${fault.errcode}`);
  if (fault.http_status !== null) parts.push(`HTTP ${fault.http_status}`);
  if (fault.drop) parts.push("已生效但不应答");
  if (fault.abort) parts.push("连接重置");
  if (fault.delay_ms) parts.push(`延迟 ${fault.delay_ms} 毫秒`);
  return parts.join("，");
}

function row(...cells) {
  return element("tr", "", ...cells.map((cell) => element("td", "", String(cell))));
}

function callRow(call) {
  const result = call.outcome || (call.errcode ? `errcode ${call.errcode}` : "成功");
  const made = row(call.at.slice(11, 23), call.path, call.openid, result);
  if (result !== "成功") made.lastChild.className = "bad";
  return made;
}

function draw(state) {
  const scrolls = [...document.querySelectorAll(".permits")].map((one) => one.scrollTop);
  $("phones").replaceChildren(...state.owners.map((owner) => phone(owner, state.templates)));
  document.querySelectorAll(".permits").forEach((one, index) => { one.scrollTop = scrolls[index] ?? 0; });
  $("empty").hidden = state.owners_total > 0;
  $("totals").textContent = `企业主 ${state.owners_total} 人，收到消息 ${state.messages_total} 条；`
    + `事件推送：待推 ${state.pushes.pending}，已送达 ${state.pushes.delivered}，放弃 ${state.pushes.given_up}`;
  $("faults").replaceChildren(...state.faults.map((fault) =>
    row(fault.id, fault.path, faultText(fault) + (fault.is_over ? "（已用完）" : ""), fault.hits)));
  $("calls").replaceChildren(...state.calls.map(callRow));
}

async function refresh() {
  try {
    const answer = await fetch(`/control/page?q=${encodeURIComponent($("q").value.trim())}`);
    const text = await answer.text();
    if (answer.ok && text !== drawn) {
      drawn = text;
      draw(JSON.parse(text));
    }
  } catch {
    drawn = "";
    $("totals").textContent = "连接不上沙箱，正在重试……";
  }
}

$("search").addEventListener("submit", (event) => event.preventDefault());
$("q").addEventListener("input", refresh);
setInterval(refresh, EVERY_MS);
refresh();
