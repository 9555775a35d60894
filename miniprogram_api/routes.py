"""The whole HTTP surface on one page: method, path, endpoint. Path ids are typed `<policy_id:uuid>`."""

from collections.abc import Iterable
from typing import Final

from miniprogram_api import about, console, health, pages, problems, reference
from miniprogram_api.alerts import staff as alerts_staff
from miniprogram_api.audit import staff as audit_staff
from miniprogram_api.cases import owner as cases_owner
from miniprogram_api.cases import staff as cases_staff
from miniprogram_api.consents import owner as consents_owner
from miniprogram_api.consents import public as consents_public
from miniprogram_api.endpoint import Endpoint, Route
from miniprogram_api.enterprises import around as enterprises_around
from miniprogram_api.enterprises import imports as enterprises_imports
from miniprogram_api.enterprises import owner as enterprises_owner
from miniprogram_api.enterprises import staff as enterprises_staff
from miniprogram_api.files import owner as files_owner
from miniprogram_api.files import public as files_public
from miniprogram_api.identity import account
from miniprogram_api.identity import owner as identity_owner
from miniprogram_api.identity import staff as identity_staff
from miniprogram_api.notifications import broadcasts, sms_reports
from miniprogram_api.notifications import owner as notifications_owner
from miniprogram_api.notifications import staff as notifications_staff
from miniprogram_api.overview import staff as overview
from miniprogram_api.policies import answers as policies_answers
from miniprogram_api.policies import audience as policies_audience
from miniprogram_api.policies import matches as policies_matches
from miniprogram_api.policies import owner as policies_owner
from miniprogram_api.policies import precision as policies_precision
from miniprogram_api.policies import public as policies_public
from miniprogram_api.policies import publishing as policies_publishing
from miniprogram_api.policies import staff as policies_staff
from miniprogram_api.questions import knowledge, surveys
from miniprogram_api.staff import accounts, staff
from miniprogram_api.wechat import events
from miniprogram_api.worktime import staff as worktime

_SURFACE: Final[Iterable[tuple[str, str, Endpoint]]] = (
    ("GET", "/healthz", health.alive),
    ("GET", "/openapi.json", reference.description),
    ("GET", "/docs", reference.reference),
    ("GET", "/docs/icon.svg", pages.icon),
    ("GET", "/docs/style.css", pages.style),
    ("GET", "/console", console.page),
    ("GET", "/console/<path:path>", console.page),
    ("GET", "/problems", problems.listing),
    ("GET", "/problems/<code:str>", problems.explain),
    ("GET", "/wechat/events/<account:str>", events.check),
    ("POST", "/wechat/events/<account:str>", events.receive),
    ("POST", "/sms/reports/<secret:str>", sms_reports.receive),
    ("GET", "/api/public/v1/about", about.about),
    # alerts
    ("GET", "/api/staff/v1/alerts", alerts_staff.listing),
    ("POST", "/api/staff/v1/alerts/<alert_id:uuid>/acknowledge", alerts_staff.acknowledge),
    # audit
    ("GET", "/api/staff/v1/audit", audit_staff.trail),
    ("GET", "/api/staff/v1/audit/export", audit_staff.export),
    ("GET", "/api/staff/v1/audit/verification", audit_staff.verification),
    # cases
    ("GET", "/api/owner/v1/cases/<case_id:uuid>", cases_owner.show),
    ("POST", "/api/owner/v1/cases/<case_id:uuid>/reply", cases_owner.reply),
    ("POST", "/api/owner/v1/cases/<case_id:uuid>/supply", cases_owner.supply),
    ("POST", "/api/staff/v1/cases", cases_staff.register),
    ("POST", "/api/staff/v1/case-files", cases_staff.upload),
    ("GET", "/api/staff/v1/cases/<case_id:uuid>", cases_staff.show),
    ("POST", "/api/staff/v1/cases/<case_id:uuid>/accept", cases_staff.accept),
    ("POST", "/api/staff/v1/cases/<case_id:uuid>/reply", cases_staff.reply),
    ("POST", "/api/staff/v1/cases/<case_id:uuid>/notes", cases_staff.note),
    ("POST", "/api/staff/v1/cases/<case_id:uuid>/ask", cases_staff.ask),
    ("POST", "/api/staff/v1/cases/<case_id:uuid>/answer", cases_staff.answer),
    ("POST", "/api/staff/v1/cases/<case_id:uuid>/decline", cases_staff.decline),
    ("POST", "/api/staff/v1/cases/<case_id:uuid>/pause", cases_staff.pause),
    ("POST", "/api/staff/v1/cases/<case_id:uuid>/resume", cases_staff.resume),
    ("POST", "/api/staff/v1/cases/<case_id:uuid>/promise", cases_staff.promise),
    ("POST", "/api/staff/v1/cases/<case_id:uuid>/extend", cases_staff.extend),
    # consents
    ("GET", "/api/public/v1/consent-texts/<purpose:str>", consents_public.text),
    ("GET", "/api/owner/v1/consents", consents_owner.mine),
    ("POST", "/api/owner/v1/consents", consents_owner.give),
    ("POST", "/api/owner/v1/consents/<consent_id:uuid>/revoke", consents_owner.revoke),
    ("GET", "/api/owner/v1/profiling-refusal", consents_owner.profiling),
    ("PUT", "/api/owner/v1/profiling-refusal", consents_owner.refuse_profiling),
    ("DELETE", "/api/owner/v1/profiling-refusal", consents_owner.allow_profiling),
    # enterprises
    ("GET", "/api/owner/v1/enterprises", enterprises_owner.mine),
    ("GET", "/api/owner/v1/enterprises/<enterprise_id:uuid>", enterprises_owner.show),
    ("GET", "/api/owner/v1/enterprises/<enterprise_id:uuid>/timeline", enterprises_owner.timeline),
    ("POST", "/api/owner/v1/enterprises/<enterprise_id:uuid>/facts", enterprises_owner.tell),
    ("GET", "/api/owner/v1/facts", enterprises_owner.questions),
    ("GET", "/api/staff/v1/facts", enterprises_staff.facts),
    ("GET", "/api/staff/v1/facts/<key:str>/codes", enterprises_staff.codes),
    ("GET", "/api/staff/v1/enterprises", enterprises_staff.search),
    ("GET", "/api/staff/v1/enterprises/<enterprise_id:uuid>", enterprises_staff.show),
    ("GET", "/api/staff/v1/enterprises/<enterprise_id:uuid>/facts/<key:str>", enterprises_staff.history),
    ("GET", "/api/staff/v1/enterprises/<enterprise_id:uuid>/timeline", enterprises_around.timeline),
    ("GET", "/api/staff/v1/enterprises/<enterprise_id:uuid>/bindings", enterprises_around.bindings),
    ("POST", "/api/staff/v1/enterprises/<enterprise_id:uuid>/reveal-phone", enterprises_staff.reveal_phone),
    ("POST", "/api/staff/v1/uscc-admissions", enterprises_staff.admit),
    ("GET", "/api/staff/v1/registry-imports", enterprises_imports.listing),
    ("POST", "/api/staff/v1/registry-imports", enterprises_imports.upload),
    ("GET", "/api/staff/v1/registry-imports/<import_id:uuid>", enterprises_imports.show),
    ("POST", "/api/staff/v1/registry-imports/<import_id:uuid>/cancel", enterprises_imports.cancel),
    ("GET", "/api/staff/v1/registry-imports/<import_id:uuid>/errors", enterprises_imports.errors_of),
    # files
    ("POST", "/api/owner/v1/files", files_owner.upload),
    ("GET", "/api/owner/v1/files/<file_id:uuid>", files_owner.show),
    ("GET", "/api/public/v1/files/<file_id:uuid>", files_public.open_file),
    # identity
    ("POST", "/api/owner/v1/sessions", identity_owner.sign_in),
    ("GET", "/api/owner/v1/sessions", identity_owner.devices),
    ("DELETE", "/api/owner/v1/sessions/<session_id:uuid>", identity_owner.sign_out),
    ("GET", "/api/owner/v1/me", account.me),
    ("POST", "/api/owner/v1/me/export", account.export),
    ("DELETE", "/api/owner/v1/me", account.close),
    ("POST", "/api/owner/v1/phone", identity_owner.bind_phone),
    ("GET", "/api/owner/v1/bindings", identity_owner.bindings),
    ("POST", "/api/owner/v1/bindings", identity_owner.claim),
    ("POST", "/api/owner/v1/bindings/<binding_id:uuid>/object", identity_owner.object_to),
    ("POST", "/api/owner/v1/bindings/<binding_id:uuid>/leave", identity_owner.leave),
    ("POST", "/api/owner/v1/bindings/<binding_id:uuid>/remove", identity_owner.remove),
    ("GET", "/api/owner/v1/enterprises/<enterprise_id:uuid>/bindings", identity_owner.colleagues),
    ("POST", "/api/owner/v1/enterprises/<enterprise_id:uuid>/invitations", identity_owner.invite),
    ("POST", "/api/owner/v1/invitations/accept", identity_owner.accept),
    ("GET", "/api/staff/v1/bindings", identity_staff.reviews),
    ("GET", "/api/staff/v1/bindings/<review_id:uuid>", identity_staff.review),
    ("POST", "/api/staff/v1/bindings/<review_id:uuid>/licence", identity_staff.open_licence),
    ("POST", "/api/staff/v1/bindings/<review_id:uuid>/approve", identity_staff.approve),
    ("POST", "/api/staff/v1/bindings/<review_id:uuid>/refuse", identity_staff.refuse),
    # notifications
    ("GET", "/api/owner/v1/inbox", notifications_owner.inbox),
    ("GET", "/api/owner/v1/inbox/<entry_id:uuid>", notifications_owner.entry),
    ("POST", "/api/owner/v1/inbox/read", notifications_owner.mark_read),
    ("POST", "/api/owner/v1/inbox/read-all", notifications_owner.mark_all_read),
    ("POST", "/api/owner/v1/inbox/archive", notifications_owner.archive),
    ("POST", "/api/owner/v1/inbox/unarchive", notifications_owner.unarchive),
    ("GET", "/api/owner/v1/inbox/unread-count", notifications_owner.unread_count),
    ("GET", "/api/owner/v1/subscriptions", notifications_owner.subscriptions),
    ("GET", "/api/owner/v1/subscriptions/asks", notifications_owner.asks),
    ("POST", "/api/owner/v1/subscriptions/report", notifications_owner.report),
    ("GET", "/api/owner/v1/notification-preferences", notifications_owner.preferences),
    ("PUT", "/api/owner/v1/notification-preferences", notifications_owner.change_preferences),
    ("PUT", "/api/owner/v1/notification-preferences/pushes", notifications_owner.switch_pushes),
    ("GET", "/api/owner/v1/staff-phone", notifications_owner.staff_phone),
    ("POST", "/api/owner/v1/staff-phone", notifications_owner.bind_staff_phone),
    ("DELETE", "/api/owner/v1/staff-phone", notifications_owner.unbind_staff_phone),
    ("GET", "/api/staff/v1/notices", notifications_staff.notices),
    ("GET", "/api/staff/v1/notices/unread-count", notifications_staff.unread_count),
    ("POST", "/api/staff/v1/notices/read", notifications_staff.mark_read),
    ("POST", "/api/staff/v1/notices/read-all", notifications_staff.mark_all_read),
    ("POST", "/api/staff/v1/notices/archive", notifications_staff.archive),
    ("POST", "/api/staff/v1/notices/unarchive", notifications_staff.unarchive),
    ("GET", "/api/staff/v1/notice-preferences", notifications_staff.preferences),
    ("PUT", "/api/staff/v1/notice-preferences", notifications_staff.change_preferences),
    ("GET", "/api/staff/v1/phone", notifications_staff.phone),
    ("POST", "/api/staff/v1/phone/code", notifications_staff.offer_phone_code),
    ("DELETE", "/api/staff/v1/phone", notifications_staff.unbind_phone),
    ("GET", "/api/staff/v1/broadcasts", broadcasts.listing),
    ("POST", "/api/staff/v1/broadcasts", broadcasts.create),
    ("GET", "/api/staff/v1/broadcasts/<broadcast_id:uuid>", broadcasts.show),
    ("GET", "/api/staff/v1/broadcasts/<broadcast_id:uuid>/progress", broadcasts.progress),
    ("GET", "/api/staff/v1/broadcasts/<broadcast_id:uuid>/report", broadcasts.download),
    ("GET", "/api/staff/v1/broadcasts/<broadcast_id:uuid>/outcomes", broadcasts.figures),
    ("GET", "/api/staff/v1/broadcasts/<broadcast_id:uuid>/recipients", broadcasts.people),
    ("POST", "/api/staff/v1/broadcasts/<broadcast_id:uuid>/freeze", broadcasts.freeze),
    ("POST", "/api/staff/v1/broadcasts/<broadcast_id:uuid>/test", broadcasts.test),
    ("GET", "/api/staff/v1/broadcasts/<broadcast_id:uuid>/test/<trial_id:uuid>", broadcasts.tested),
    ("POST", "/api/staff/v1/broadcasts/<broadcast_id:uuid>/release", broadcasts.release),
    ("POST", "/api/staff/v1/broadcasts/<broadcast_id:uuid>/pause", broadcasts.pause),
    ("POST", "/api/staff/v1/broadcasts/<broadcast_id:uuid>/resume", broadcasts.resume),
    ("POST", "/api/staff/v1/broadcasts/<broadcast_id:uuid>/cancel", broadcasts.cancel),
    ("POST", "/api/staff/v1/broadcasts/<broadcast_id:uuid>/resend", broadcasts.resend),
    # policies
    ("GET", "/api/owner/v1/enterprises/<enterprise_id:uuid>/policies", policies_owner.feed),
    ("GET", "/api/owner/v1/enterprises/<enterprise_id:uuid>/policies/search", policies_owner.search),
    ("GET", "/api/owner/v1/enterprises/<enterprise_id:uuid>/policies/<policy_id:uuid>", policies_owner.detail),
    ("GET", "/api/owner/v1/enterprises/<enterprise_id:uuid>/matches/<match_id:str>", policies_matches.mine),
    ("GET", "/api/staff/v1/enterprises/<enterprise_id:uuid>/matches/<match_id:str>", policies_matches.shown),
    ("GET", "/api/staff/v1/enterprises/<enterprise_id:uuid>/policies", policies_matches.fitting_for),
    ("GET", "/api/owner/v1/favourite-policies", policies_owner.favourites),
    ("PUT", "/api/owner/v1/favourite-policies/<policy_id:uuid>", policies_owner.keep),
    ("DELETE", "/api/owner/v1/favourite-policies/<policy_id:uuid>", policies_owner.drop),
    ("GET", "/api/public/v1/policies", policies_public.listing),
    ("GET", "/api/public/v1/policies/<policy_id:uuid>", policies_public.detail),
    ("GET", "/api/staff/v1/policies", policies_staff.listing),
    ("POST", "/api/staff/v1/policies", policies_staff.draft),
    ("GET", "/api/staff/v1/policies/<policy_id:uuid>", policies_staff.detail),
    ("GET", "/api/staff/v1/policies/<policy_id:uuid>/audience", policies_audience.preview),
    ("GET", "/api/staff/v1/policies/<policy_id:uuid>/audience/changes", policies_audience.changes),
    ("GET", "/api/staff/v1/policies/<policy_id:uuid>/reach", policies_audience.reach),
    ("POST", "/api/staff/v1/rules/check", policies_audience.check),
    ("PUT", "/api/staff/v1/policies/<policy_id:uuid>/draft", policies_staff.edit),
    ("POST", "/api/staff/v1/policies/<policy_id:uuid>/submit", policies_staff.submit),
    ("POST", "/api/staff/v1/policies/<policy_id:uuid>/publish", policies_staff.publish),
    ("POST", "/api/staff/v1/policies/<policy_id:uuid>/withdraw", policies_staff.withdraw),
    ("POST", "/api/staff/v1/policies/<policy_id:uuid>/unschedule", policies_publishing.unschedule),
    ("GET", "/api/staff/v1/policies/<policy_id:uuid>/attachments", policies_publishing.attached),
    ("PUT", "/api/staff/v1/policies/<policy_id:uuid>/attachments", policies_publishing.attach),
    ("POST", "/api/staff/v1/policies/<policy_id:uuid>/files", policies_publishing.upload),
    ("GET", "/api/staff/v1/policies/dead-links", policies_publishing.dead_links),
    ("GET", "/api/owner/v1/enterprises/<enterprise_id:uuid>/question", policies_answers.question),
    ("POST", "/api/owner/v1/enterprises/<enterprise_id:uuid>/question/answer", policies_answers.answer),
    ("POST", "/api/owner/v1/enterprises/<enterprise_id:uuid>/question/try", policies_answers.try_answer),
    ("POST", "/api/owner/v1/enterprises/<enterprise_id:uuid>/question/put-off", policies_answers.put_off),
    ("GET", "/api/owner/v1/enterprises/<enterprise_id:uuid>/reminders", policies_answers.my_reminders),
    ("POST", "/api/owner/v1/enterprises/<enterprise_id:uuid>/policies/seen", policies_answers.seen),
    (
        "GET",
        "/api/owner/v1/enterprises/<enterprise_id:uuid>/policies/<policy_id:uuid>/feedback",
        policies_answers.own_feedback,
    ),
    (
        "POST",
        "/api/owner/v1/enterprises/<enterprise_id:uuid>/policies/<policy_id:uuid>/feedback",
        policies_answers.give_feedback,
    ),
    (
        "DELETE",
        "/api/owner/v1/enterprises/<enterprise_id:uuid>/policies/<policy_id:uuid>/feedback",
        policies_answers.take_back_feedback,
    ),
    (
        "POST",
        "/api/owner/v1/enterprises/<enterprise_id:uuid>/policies/<policy_id:uuid>/reminders/closing",
        policies_answers.remind_before_it_closes,
    ),
    (
        "DELETE",
        "/api/owner/v1/enterprises/<enterprise_id:uuid>/policies/<policy_id:uuid>/reminders/closing",
        policies_answers.cancel_closing,
    ),
    (
        "POST",
        "/api/owner/v1/enterprises/<enterprise_id:uuid>/policies/<policy_id:uuid>/reminders/reached",
        policies_answers.remind_when_reached,
    ),
    (
        "DELETE",
        "/api/owner/v1/enterprises/<enterprise_id:uuid>/policies/<policy_id:uuid>/reminders/reached",
        policies_answers.cancel_reached,
    ),
    ("GET", "/api/staff/v1/policies/precision", policies_precision.worst),
    ("GET", "/api/staff/v1/policies/<policy_id:uuid>/precision", policies_precision.detail),
    ("POST", "/api/staff/v1/policies/<policy_id:uuid>/resume-pushes", policies_precision.resume),
    # overview
    ("GET", "/api/staff/v1/health", overview.health),
    ("GET", "/api/staff/v1/words", overview.dictionary),
    # staff
    ("POST", "/api/staff/v1/sessions", staff.sign_in),
    ("GET", "/api/staff/v1/sessions/current", staff.session_ends),
    ("DELETE", "/api/staff/v1/sessions/current", staff.sign_out),
    ("GET", "/api/staff/v1/me", staff.me),
    ("POST", "/api/staff/v1/password", staff.change_password),
    ("GET", "/api/staff/v1/staff", staff.people),
    ("POST", "/api/staff/v1/staff", staff.create),
    ("POST", "/api/staff/v1/staff/<staff_id:uuid>/reset", staff.reset),
    ("POST", "/api/staff/v1/staff/<staff_id:uuid>/sessions/end", accounts.end_sessions),
    ("POST", "/api/staff/v1/staff/<staff_id:uuid>/leave", staff.leave),
    ("POST", "/api/staff/v1/staff/<staff_id:uuid>/grants", staff.grant),
    ("DELETE", "/api/staff/v1/staff/<staff_id:uuid>/grants/<grant_id:uuid>", staff.end_grant),
    ("GET", "/api/staff/v1/sessions", accounts.seats),
    ("POST", "/api/staff/v1/sessions/end-others", accounts.end_others),
    ("DELETE", "/api/staff/v1/sessions/<session_id:uuid>", accounts.end_seat),
    ("GET", "/api/staff/v1/staff/<staff_id:uuid>", accounts.person),
    ("PUT", "/api/staff/v1/staff/<staff_id:uuid>", accounts.edit),
    ("GET", "/api/staff/v1/staff/<staff_id:uuid>/leaving", accounts.leaving),
    ("GET", "/api/staff/v1/units", accounts.units),
    ("POST", "/api/staff/v1/units", staff.create_unit),
    ("PUT", "/api/staff/v1/units/<unit_id:uuid>", accounts.edit_unit),
    ("POST", "/api/staff/v1/units/<unit_id:uuid>/close", accounts.close_unit),
    # worktime
    ("GET", "/api/staff/v1/working-calendar", worktime.calendar),
    ("GET", "/api/staff/v1/working-calendar/years", worktime.years),
    ("POST", "/api/staff/v1/working-calendar/days", worktime.set_days),
    ("POST", "/api/staff/v1/working-calendar/days/remove", worktime.remove_days),
    ("POST", "/api/staff/v1/working-calendar/settle", worktime.settle),
    ("POST", "/api/staff/v1/working-calendar/unsettle", worktime.unsettle),
    ("GET", "/api/staff/v1/office-hours", worktime.hours),
    ("POST", "/api/staff/v1/office-hours", worktime.change_hours),
    ("POST", "/api/staff/v1/office-hours/<hours_id:uuid>/withdraw", worktime.withdraw_hours),
    # surveys
    ("GET", "/api/owner/v1/enterprises/<enterprise_id:uuid>/surveys", surveys.my_surveys),
    ("GET", "/api/owner/v1/enterprises/<enterprise_id:uuid>/surveys/<survey_id:uuid>", surveys.my_survey),
    ("PUT", "/api/owner/v1/enterprises/<enterprise_id:uuid>/surveys/<survey_id:uuid>/answer", surveys.answer),
    ("PUT", "/api/owner/v1/enterprises/<enterprise_id:uuid>/surveys/<survey_id:uuid>/draft", surveys.save),
    ("GET", "/api/staff/v1/surveys", surveys.listing),
    ("POST", "/api/staff/v1/surveys", surveys.draft),
    ("GET", "/api/staff/v1/surveys/<survey_id:uuid>", surveys.detail),
    ("PUT", "/api/staff/v1/surveys/<survey_id:uuid>/draft", surveys.edit),
    ("POST", "/api/staff/v1/surveys/<survey_id:uuid>/submit", surveys.submit),
    ("POST", "/api/staff/v1/surveys/<survey_id:uuid>/send-back", surveys.send_back),
    ("POST", "/api/staff/v1/surveys/<survey_id:uuid>/release", surveys.release),
    ("POST", "/api/staff/v1/surveys/<survey_id:uuid>/close", surveys.close),
    ("POST", "/api/staff/v1/surveys/<survey_id:uuid>/withdraw", surveys.withdraw),
    ("POST", "/api/staff/v1/surveys/<survey_id:uuid>/copy", surveys.copy),
    ("GET", "/api/staff/v1/surveys/<survey_id:uuid>/audience", surveys.preview),
    ("GET", "/api/staff/v1/surveys/<survey_id:uuid>/results", surveys.result),
    ("GET", "/api/staff/v1/surveys/<survey_id:uuid>/results/export", surveys.export),
    ("GET", "/api/staff/v1/surveys/<survey_id:uuid>/texts", surveys.written),
    ("POST", "/api/staff/v1/surveys/<survey_id:uuid>/needs", surveys.pick),
    # questions: knowledge
    ("GET", "/api/public/v1/articles", knowledge.public_listing),
    ("GET", "/api/public/v1/articles/<article_id:uuid>", knowledge.public_detail),
    ("POST", "/api/public/v1/articles/<article_id:uuid>/helpful", knowledge.vote),
    ("GET", "/api/owner/v1/questions/similar", knowledge.similar),
    ("GET", "/api/staff/v1/knowledge/articles", knowledge.listing),
    ("POST", "/api/staff/v1/knowledge/articles", knowledge.draft),
    ("GET", "/api/staff/v1/knowledge/articles/<article_id:uuid>", knowledge.detail),
    ("PUT", "/api/staff/v1/knowledge/articles/<article_id:uuid>/draft", knowledge.edit),
    ("POST", "/api/staff/v1/knowledge/articles/<article_id:uuid>/submit", knowledge.submit),
    ("POST", "/api/staff/v1/knowledge/articles/<article_id:uuid>/send-back", knowledge.send_back),
    ("POST", "/api/staff/v1/knowledge/articles/<article_id:uuid>/publish", knowledge.publish),
    ("POST", "/api/staff/v1/knowledge/articles/<article_id:uuid>/withdraw", knowledge.withdraw),
    ("GET", "/api/staff/v1/knowledge/corrections", knowledge.corrections),
    ("POST", "/api/staff/v1/knowledge/corrections/settle", knowledge.settle),
    ("POST", "/api/staff/v1/knowledge/corrections/tell", knowledge.tell),
    ("GET", "/api/staff/v1/knowledge/gaps", knowledge.gaps),
    ("GET", "/api/staff/v1/knowledge/gaps/<gap_id:uuid>", knowledge.gap),
)

ROUTES: Final = tuple(Route(*line) for line in _SURFACE)
