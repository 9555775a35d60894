-- Enterprises: one wide row of facts that count, the log of everything ever told, owners and their bindings.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- One registry file and how far it got: `resume_row` rows of it are in the database, `error_bytes` of its error file are valid.
CREATE TABLE registry_imports (
    id uuid PRIMARY KEY,
    file_name text NOT NULL,
    sha256 bytea NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    as_of date NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done')),
    resume_row bigint NOT NULL DEFAULT 0 CHECK (resume_row >= 0),
    rows_new bigint NOT NULL DEFAULT 0,
    rows_changed bigint NOT NULL DEFAULT 0,
    rows_same bigint NOT NULL DEFAULT 0,
    rows_bad bigint NOT NULL DEFAULT 0,
    error_file text,
    error_bytes bigint NOT NULL DEFAULT 0,
    actor_kind text NOT NULL,
    actor_id uuid,
    started_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    finished_at timestamptz,
    CHECK (resume_row = rows_new + rows_changed + rows_same + rows_bad)
);
CREATE UNIQUE INDEX registry_imports_file ON registry_imports (sha256) WHERE state = 'running';
CREATE INDEX registry_imports_sha256 ON registry_imports (sha256, id);

-- Codes of the pilot years that fail their check digit, each admitted by a person with a reason.
CREATE TABLE admitted_uscc (
    uscc text PRIMARY KEY CHECK (uscc ~ '^[0-9A-HJ-NP-RTUW-Y]{18}$'),
    reason text NOT NULL CHECK (reason <> ''),
    admitted_by uuid,
    admitted_at timestamptz NOT NULL
);

-- Every fact x of the catalogue is three columns, NULL together: x, x_source (who told it), x_on (the day it was true).
-- `resettle_on`: the first day on which the mere passing of time may let another value count.
CREATE TABLE enterprises (
    id uuid PRIMARY KEY,
    uscc text NOT NULL UNIQUE CHECK (uscc ~ '^[0-9A-Z]{18}$'),
    name text NOT NULL CHECK (name <> ''),
    address text,
    representative_sealed bytea,
    representative_index bytea,
    phone_sealed bytea,
    phone_index bytea,
    tags text[] NOT NULL DEFAULT '{}',
    conflicts text[] NOT NULL DEFAULT '{}',
    facts_version bigint NOT NULL DEFAULT 1,
    version bigint NOT NULL DEFAULT 1,
    registry_digest bytea,
    registry_on date,
    resettle_on date,
    created_at timestamptz NOT NULL,
    imported_at timestamptz,
    closed_at timestamptz,
    successor_id uuid REFERENCES enterprises ON DELETE SET NULL,

    entity_type text, entity_type_source smallint, entity_type_on date,
    status text, status_source smallint, status_on date,
    founded_on date, founded_on_source smallint, founded_on_on date,
    industry text, industry_source smallint, industry_on date,
    district text, district_source smallint, district_on date,
    town text, town_source smallint, town_on date,
    region text, region_source smallint, region_on date,
    registered_capital_wan numeric, registered_capital_wan_source smallint, registered_capital_wan_on date,
    ownership text, ownership_source smallint, ownership_on date,
    employees bigint, employees_source smallint, employees_on date,
    revenue_wan numeric, revenue_wan_source smallint, revenue_wan_on date,
    assets_wan numeric, assets_wan_source smallint, assets_wan_on date,
    statistical_size text, statistical_size_source smallint, statistical_size_on date,
    is_sme boolean, is_sme_source smallint, is_sme_on date,
    is_small_or_micro boolean, is_small_or_micro_source smallint, is_small_or_micro_on date,
    is_above_designated_size boolean, is_above_designated_size_source smallint, is_above_designated_size_on date,
    taxable_income_wan numeric, taxable_income_wan_source smallint, taxable_income_wan_on date,
    vat_payer_kind text, vat_payer_kind_source smallint, vat_payer_kind_on date,
    monthly_sales_wan numeric, monthly_sales_wan_source smallint, monthly_sales_wan_on date,
    quarterly_sales_wan numeric, quarterly_sales_wan_source smallint, quarterly_sales_wan_on date,
    has_sales_at_3_percent boolean, has_sales_at_3_percent_source smallint, has_sales_at_3_percent_on date,
    small_low_profit boolean, small_low_profit_source smallint, small_low_profit_on date,
    in_restricted_industry boolean, in_restricted_industry_source smallint, in_restricted_industry_on date,
    credit_risk_class text, credit_risk_class_source smallint, credit_risk_class_on date,
    qualifications text[], qualifications_source smallint, qualifications_on date,
    licences text[], licences_source smallint, licences_on date,
    listings text[], listings_source smallint, listings_on date,
    individual_class text, individual_class_source smallint, individual_class_on date,
    owner_group text, owner_group_source smallint, owner_group_on date,
    social_insurance_paid boolean, social_insurance_paid_source smallint, social_insurance_paid_on date,
    unemployment_insurance_months bigint, unemployment_insurance_months_source smallint, unemployment_insurance_months_on date,
    layoff_percent numeric, layoff_percent_source smallint, layoff_percent_on date,
    disabled_percent numeric, disabled_percent_source smallint, disabled_percent_on date,
    priority_hires bigint, priority_hires_source smallint, priority_hires_on date,
    priority_hire_contract_months bigint, priority_hire_contract_months_source smallint, priority_hire_contract_months_on date,
    priority_hire_percent numeric, priority_hire_percent_source smallint, priority_hire_percent_on date,
    young_hires bigint, young_hires_source smallint, young_hires_on date,
    young_hire_insurance_months bigint, young_hire_insurance_months_source smallint, young_hire_insurance_months_on date,
    new_hires_from_outside bigint, new_hires_from_outside_source smallint, new_hires_from_outside_on date,
    wage_arrears boolean, wage_arrears_source smallint, wage_arrears_on date,
    social_insurance_arrears boolean, social_insurance_arrears_source smallint, social_insurance_arrears_on date,
    loan_kind text, loan_kind_source smallint, loan_kind_on date,
    loan_granted_on date, loan_granted_on_source smallint, loan_granted_on_on date,
    loan_amount_wan numeric, loan_amount_wan_source smallint, loan_amount_wan_on date,
    loan_has_central_subsidy boolean, loan_has_central_subsidy_source smallint, loan_has_central_subsidy_on date,
    ip_pledge_loan boolean, ip_pledge_loan_source smallint, ip_pledge_loan_on date,
    key_industry_field text, key_industry_field_source smallint, key_industry_field_on date,
    service_field text, service_field_source smallint, service_field_on date,
    equipment_invest_wan numeric, equipment_invest_wan_source smallint, equipment_invest_wan_on date,
    q1_sales_wan numeric, q1_sales_wan_source smallint, q1_sales_wan_on date,
    q1_sales_growth_percent numeric, q1_sales_growth_percent_source smallint, q1_sales_growth_percent_on date,
    equity_financing_2y_wan numeric, equity_financing_2y_wan_source smallint, equity_financing_2y_wan_on date,
    equity_financing_3y_wan numeric, equity_financing_3y_wan_source smallint, equity_financing_3y_wan_on date,
    has_ip boolean, has_ip_source smallint, has_ip_on date,
    rd_expense_wan numeric, rd_expense_wan_source smallint, rd_expense_wan_on date,
    rd_expense_2y_average_wan numeric, rd_expense_2y_average_wan_source smallint, rd_expense_2y_average_wan_on date,
    rd_percent numeric, rd_percent_source smallint, rd_percent_on date,
    domestic_rd_percent numeric, domestic_rd_percent_source smallint, domestic_rd_percent_on date,
    tech_staff_percent numeric, tech_staff_percent_source smallint, tech_staff_percent_on date,
    high_tech_income_percent numeric, high_tech_income_percent_source smallint, high_tech_income_percent_on date,
    niche_years bigint, niche_years_source smallint, niche_years_on date,
    main_business_percent numeric, main_business_percent_source smallint, main_business_percent_on date,
    main_revenue_growth_percent numeric, main_revenue_growth_percent_source smallint, main_revenue_growth_percent_on date,
    science_award_3y boolean, science_award_3y_source smallint, science_award_3y_on date,
    science_award_leading boolean, science_award_leading_source smallint, science_award_leading_on date,
    national_science_award_5y boolean, national_science_award_5y_source smallint, national_science_award_5y_on date,
    research_institution boolean, research_institution_source smallint, research_institution_on date,
    standards_led_5y boolean, standards_led_5y_source smallint, standards_led_5y_on date,
    maker_china_top500 boolean, maker_china_top500_source smallint, maker_china_top500_on date,
    innovative_sme_score numeric, innovative_sme_score_source smallint, innovative_sme_score_on date,
    innovation_score numeric, innovation_score_source smallint, innovation_score_on date,
    growth_score numeric, growth_score_source smallint, growth_score_on date,
    specialisation_score numeric, specialisation_score_source smallint, specialisation_score_on date,
    specialised_sme_score numeric, specialised_sme_score_source smallint, specialised_sme_score_on date,
    tech_sme_score numeric, tech_sme_score_source smallint, tech_sme_score_on date,
    tech_staff_score numeric, tech_staff_score_source smallint, tech_staff_score_on date,
    high_tech_score numeric, high_tech_score_source smallint, high_tech_score_on date,
    penalised_unrepaired boolean, penalised_unrepaired_source smallint, penalised_unrepaired_on date,
    major_accident boolean, major_accident_source smallint, major_accident_on date,
    environment_violation boolean, environment_violation_source smallint, environment_violation_on date,
    major_violation boolean, major_violation_source smallint, major_violation_on date,
    research_misconduct boolean, research_misconduct_source smallint, research_misconduct_on date,
    owner_dishonest_debtor boolean, owner_dishonest_debtor_source smallint, owner_dishonest_debtor_on date,
    same_violation_in_2y boolean, same_violation_in_2y_source smallint, same_violation_in_2y_on date,
    violation_harm_minor boolean, violation_harm_minor_source smallint, violation_harm_minor_on date,
    violation_corrected boolean, violation_corrected_source smallint, violation_corrected_on date,

    CONSTRAINT entity_type_whole CHECK (num_nulls(entity_type, entity_type_source, entity_type_on) IN (0, 3)),
    CONSTRAINT status_whole CHECK (num_nulls(status, status_source, status_on) IN (0, 3)),
    CONSTRAINT founded_on_whole CHECK (num_nulls(founded_on, founded_on_source, founded_on_on) IN (0, 3)),
    CONSTRAINT industry_whole CHECK (num_nulls(industry, industry_source, industry_on) IN (0, 3)),
    CONSTRAINT district_whole CHECK (num_nulls(district, district_source, district_on) IN (0, 3)),
    CONSTRAINT town_whole CHECK (num_nulls(town, town_source, town_on) IN (0, 3)),
    CONSTRAINT region_whole CHECK (num_nulls(region, region_source, region_on) IN (0, 3)),
    CONSTRAINT registered_capital_wan_whole CHECK (num_nulls(registered_capital_wan, registered_capital_wan_source, registered_capital_wan_on) IN (0, 3)),
    CONSTRAINT ownership_whole CHECK (num_nulls(ownership, ownership_source, ownership_on) IN (0, 3)),
    CONSTRAINT employees_whole CHECK (num_nulls(employees, employees_source, employees_on) IN (0, 3)),
    CONSTRAINT revenue_wan_whole CHECK (num_nulls(revenue_wan, revenue_wan_source, revenue_wan_on) IN (0, 3)),
    CONSTRAINT assets_wan_whole CHECK (num_nulls(assets_wan, assets_wan_source, assets_wan_on) IN (0, 3)),
    CONSTRAINT statistical_size_whole CHECK (num_nulls(statistical_size, statistical_size_source, statistical_size_on) IN (0, 3)),
    CONSTRAINT is_sme_whole CHECK (num_nulls(is_sme, is_sme_source, is_sme_on) IN (0, 3)),
    CONSTRAINT is_small_or_micro_whole CHECK (num_nulls(is_small_or_micro, is_small_or_micro_source, is_small_or_micro_on) IN (0, 3)),
    CONSTRAINT is_above_designated_size_whole CHECK (num_nulls(is_above_designated_size, is_above_designated_size_source, is_above_designated_size_on) IN (0, 3)),
    CONSTRAINT taxable_income_wan_whole CHECK (num_nulls(taxable_income_wan, taxable_income_wan_source, taxable_income_wan_on) IN (0, 3)),
    CONSTRAINT vat_payer_kind_whole CHECK (num_nulls(vat_payer_kind, vat_payer_kind_source, vat_payer_kind_on) IN (0, 3)),
    CONSTRAINT monthly_sales_wan_whole CHECK (num_nulls(monthly_sales_wan, monthly_sales_wan_source, monthly_sales_wan_on) IN (0, 3)),
    CONSTRAINT quarterly_sales_wan_whole CHECK (num_nulls(quarterly_sales_wan, quarterly_sales_wan_source, quarterly_sales_wan_on) IN (0, 3)),
    CONSTRAINT has_sales_at_3_percent_whole CHECK (num_nulls(has_sales_at_3_percent, has_sales_at_3_percent_source, has_sales_at_3_percent_on) IN (0, 3)),
    CONSTRAINT small_low_profit_whole CHECK (num_nulls(small_low_profit, small_low_profit_source, small_low_profit_on) IN (0, 3)),
    CONSTRAINT in_restricted_industry_whole CHECK (num_nulls(in_restricted_industry, in_restricted_industry_source, in_restricted_industry_on) IN (0, 3)),
    CONSTRAINT credit_risk_class_whole CHECK (num_nulls(credit_risk_class, credit_risk_class_source, credit_risk_class_on) IN (0, 3)),
    CONSTRAINT qualifications_whole CHECK (num_nulls(qualifications, qualifications_source, qualifications_on) IN (0, 3)),
    CONSTRAINT licences_whole CHECK (num_nulls(licences, licences_source, licences_on) IN (0, 3)),
    CONSTRAINT listings_whole CHECK (num_nulls(listings, listings_source, listings_on) IN (0, 3)),
    CONSTRAINT individual_class_whole CHECK (num_nulls(individual_class, individual_class_source, individual_class_on) IN (0, 3)),
    CONSTRAINT owner_group_whole CHECK (num_nulls(owner_group, owner_group_source, owner_group_on) IN (0, 3)),
    CONSTRAINT social_insurance_paid_whole CHECK (num_nulls(social_insurance_paid, social_insurance_paid_source, social_insurance_paid_on) IN (0, 3)),
    CONSTRAINT unemployment_insurance_months_whole CHECK (num_nulls(unemployment_insurance_months, unemployment_insurance_months_source, unemployment_insurance_months_on) IN (0, 3)),
    CONSTRAINT layoff_percent_whole CHECK (num_nulls(layoff_percent, layoff_percent_source, layoff_percent_on) IN (0, 3)),
    CONSTRAINT disabled_percent_whole CHECK (num_nulls(disabled_percent, disabled_percent_source, disabled_percent_on) IN (0, 3)),
    CONSTRAINT priority_hires_whole CHECK (num_nulls(priority_hires, priority_hires_source, priority_hires_on) IN (0, 3)),
    CONSTRAINT priority_hire_contract_months_whole CHECK (num_nulls(priority_hire_contract_months, priority_hire_contract_months_source, priority_hire_contract_months_on) IN (0, 3)),
    CONSTRAINT priority_hire_percent_whole CHECK (num_nulls(priority_hire_percent, priority_hire_percent_source, priority_hire_percent_on) IN (0, 3)),
    CONSTRAINT young_hires_whole CHECK (num_nulls(young_hires, young_hires_source, young_hires_on) IN (0, 3)),
    CONSTRAINT young_hire_insurance_months_whole CHECK (num_nulls(young_hire_insurance_months, young_hire_insurance_months_source, young_hire_insurance_months_on) IN (0, 3)),
    CONSTRAINT new_hires_from_outside_whole CHECK (num_nulls(new_hires_from_outside, new_hires_from_outside_source, new_hires_from_outside_on) IN (0, 3)),
    CONSTRAINT wage_arrears_whole CHECK (num_nulls(wage_arrears, wage_arrears_source, wage_arrears_on) IN (0, 3)),
    CONSTRAINT social_insurance_arrears_whole CHECK (num_nulls(social_insurance_arrears, social_insurance_arrears_source, social_insurance_arrears_on) IN (0, 3)),
    CONSTRAINT loan_kind_whole CHECK (num_nulls(loan_kind, loan_kind_source, loan_kind_on) IN (0, 3)),
    CONSTRAINT loan_granted_on_whole CHECK (num_nulls(loan_granted_on, loan_granted_on_source, loan_granted_on_on) IN (0, 3)),
    CONSTRAINT loan_amount_wan_whole CHECK (num_nulls(loan_amount_wan, loan_amount_wan_source, loan_amount_wan_on) IN (0, 3)),
    CONSTRAINT loan_has_central_subsidy_whole CHECK (num_nulls(loan_has_central_subsidy, loan_has_central_subsidy_source, loan_has_central_subsidy_on) IN (0, 3)),
    CONSTRAINT ip_pledge_loan_whole CHECK (num_nulls(ip_pledge_loan, ip_pledge_loan_source, ip_pledge_loan_on) IN (0, 3)),
    CONSTRAINT key_industry_field_whole CHECK (num_nulls(key_industry_field, key_industry_field_source, key_industry_field_on) IN (0, 3)),
    CONSTRAINT service_field_whole CHECK (num_nulls(service_field, service_field_source, service_field_on) IN (0, 3)),
    CONSTRAINT equipment_invest_wan_whole CHECK (num_nulls(equipment_invest_wan, equipment_invest_wan_source, equipment_invest_wan_on) IN (0, 3)),
    CONSTRAINT q1_sales_wan_whole CHECK (num_nulls(q1_sales_wan, q1_sales_wan_source, q1_sales_wan_on) IN (0, 3)),
    CONSTRAINT q1_sales_growth_percent_whole CHECK (num_nulls(q1_sales_growth_percent, q1_sales_growth_percent_source, q1_sales_growth_percent_on) IN (0, 3)),
    CONSTRAINT equity_financing_2y_wan_whole CHECK (num_nulls(equity_financing_2y_wan, equity_financing_2y_wan_source, equity_financing_2y_wan_on) IN (0, 3)),
    CONSTRAINT equity_financing_3y_wan_whole CHECK (num_nulls(equity_financing_3y_wan, equity_financing_3y_wan_source, equity_financing_3y_wan_on) IN (0, 3)),
    CONSTRAINT has_ip_whole CHECK (num_nulls(has_ip, has_ip_source, has_ip_on) IN (0, 3)),
    CONSTRAINT rd_expense_wan_whole CHECK (num_nulls(rd_expense_wan, rd_expense_wan_source, rd_expense_wan_on) IN (0, 3)),
    CONSTRAINT rd_expense_2y_average_wan_whole CHECK (num_nulls(rd_expense_2y_average_wan, rd_expense_2y_average_wan_source, rd_expense_2y_average_wan_on) IN (0, 3)),
    CONSTRAINT rd_percent_whole CHECK (num_nulls(rd_percent, rd_percent_source, rd_percent_on) IN (0, 3)),
    CONSTRAINT domestic_rd_percent_whole CHECK (num_nulls(domestic_rd_percent, domestic_rd_percent_source, domestic_rd_percent_on) IN (0, 3)),
    CONSTRAINT tech_staff_percent_whole CHECK (num_nulls(tech_staff_percent, tech_staff_percent_source, tech_staff_percent_on) IN (0, 3)),
    CONSTRAINT high_tech_income_percent_whole CHECK (num_nulls(high_tech_income_percent, high_tech_income_percent_source, high_tech_income_percent_on) IN (0, 3)),
    CONSTRAINT niche_years_whole CHECK (num_nulls(niche_years, niche_years_source, niche_years_on) IN (0, 3)),
    CONSTRAINT main_business_percent_whole CHECK (num_nulls(main_business_percent, main_business_percent_source, main_business_percent_on) IN (0, 3)),
    CONSTRAINT main_revenue_growth_percent_whole CHECK (num_nulls(main_revenue_growth_percent, main_revenue_growth_percent_source, main_revenue_growth_percent_on) IN (0, 3)),
    CONSTRAINT science_award_3y_whole CHECK (num_nulls(science_award_3y, science_award_3y_source, science_award_3y_on) IN (0, 3)),
    CONSTRAINT science_award_leading_whole CHECK (num_nulls(science_award_leading, science_award_leading_source, science_award_leading_on) IN (0, 3)),
    CONSTRAINT national_science_award_5y_whole CHECK (num_nulls(national_science_award_5y, national_science_award_5y_source, national_science_award_5y_on) IN (0, 3)),
    CONSTRAINT research_institution_whole CHECK (num_nulls(research_institution, research_institution_source, research_institution_on) IN (0, 3)),
    CONSTRAINT standards_led_5y_whole CHECK (num_nulls(standards_led_5y, standards_led_5y_source, standards_led_5y_on) IN (0, 3)),
    CONSTRAINT maker_china_top500_whole CHECK (num_nulls(maker_china_top500, maker_china_top500_source, maker_china_top500_on) IN (0, 3)),
    CONSTRAINT innovative_sme_score_whole CHECK (num_nulls(innovative_sme_score, innovative_sme_score_source, innovative_sme_score_on) IN (0, 3)),
    CONSTRAINT innovation_score_whole CHECK (num_nulls(innovation_score, innovation_score_source, innovation_score_on) IN (0, 3)),
    CONSTRAINT growth_score_whole CHECK (num_nulls(growth_score, growth_score_source, growth_score_on) IN (0, 3)),
    CONSTRAINT specialisation_score_whole CHECK (num_nulls(specialisation_score, specialisation_score_source, specialisation_score_on) IN (0, 3)),
    CONSTRAINT specialised_sme_score_whole CHECK (num_nulls(specialised_sme_score, specialised_sme_score_source, specialised_sme_score_on) IN (0, 3)),
    CONSTRAINT tech_sme_score_whole CHECK (num_nulls(tech_sme_score, tech_sme_score_source, tech_sme_score_on) IN (0, 3)),
    CONSTRAINT tech_staff_score_whole CHECK (num_nulls(tech_staff_score, tech_staff_score_source, tech_staff_score_on) IN (0, 3)),
    CONSTRAINT high_tech_score_whole CHECK (num_nulls(high_tech_score, high_tech_score_source, high_tech_score_on) IN (0, 3)),
    CONSTRAINT penalised_unrepaired_whole CHECK (num_nulls(penalised_unrepaired, penalised_unrepaired_source, penalised_unrepaired_on) IN (0, 3)),
    CONSTRAINT major_accident_whole CHECK (num_nulls(major_accident, major_accident_source, major_accident_on) IN (0, 3)),
    CONSTRAINT environment_violation_whole CHECK (num_nulls(environment_violation, environment_violation_source, environment_violation_on) IN (0, 3)),
    CONSTRAINT major_violation_whole CHECK (num_nulls(major_violation, major_violation_source, major_violation_on) IN (0, 3)),
    CONSTRAINT research_misconduct_whole CHECK (num_nulls(research_misconduct, research_misconduct_source, research_misconduct_on) IN (0, 3)),
    CONSTRAINT owner_dishonest_debtor_whole CHECK (num_nulls(owner_dishonest_debtor, owner_dishonest_debtor_source, owner_dishonest_debtor_on) IN (0, 3)),
    CONSTRAINT same_violation_in_2y_whole CHECK (num_nulls(same_violation_in_2y, same_violation_in_2y_source, same_violation_in_2y_on) IN (0, 3)),
    CONSTRAINT violation_harm_minor_whole CHECK (num_nulls(violation_harm_minor, violation_harm_minor_source, violation_harm_minor_on) IN (0, 3)),
    CONSTRAINT violation_corrected_whole CHECK (num_nulls(violation_corrected, violation_corrected_source, violation_corrected_on) IN (0, 3)),
    CHECK (num_nulls(representative_sealed, representative_index) IN (0, 2)),
    CHECK (num_nulls(phone_sealed, phone_index) IN (0, 2)),
    CHECK (successor_id <> id)
) WITH (fillfactor = 90);
CREATE INDEX enterprises_audience ON enterprises (district, industry, statistical_size, founded_on);
CREATE INDEX enterprises_name ON enterprises USING gin (name gin_trgm_ops);
CREATE INDEX enterprises_tags ON enterprises USING gin (tags);
CREATE INDEX enterprises_qualifications ON enterprises USING gin (qualifications);
CREATE INDEX enterprises_phone ON enterprises (phone_index) WHERE phone_index IS NOT NULL;
CREATE INDEX enterprises_resettle ON enterprises (resettle_on) WHERE resettle_on IS NOT NULL;
CREATE INDEX enterprises_conflicts ON enterprises (id) WHERE conflicts <> '{}';
CREATE INDEX enterprises_successor ON enterprises (successor_id) WHERE successor_id IS NOT NULL;

-- Everything ever told, one row a telling: `told` is {fact: value}, a tag list being {tag: last valid day or null}.
-- The order of `id` is the order of recording within an enterprise, whose row is locked by whoever records.
CREATE TABLE facts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE RESTRICT,
    source smallint NOT NULL CHECK (source BETWEEN 1 AND 4),
    as_of date NOT NULL,
    recorded_at timestamptz NOT NULL,
    told jsonb NOT NULL CHECK (jsonb_typeof(told) = 'object' AND told <> '{}'),
    told_by_kind text NOT NULL CHECK (told_by_kind IN ('owner', 'staff', 'partner', 'system', 'import')),
    told_by uuid
);
CREATE INDEX facts_enterprise ON facts (enterprise_id, id);
REVOKE UPDATE, DELETE ON facts FROM CURRENT_USER;

CREATE VIEW fact_values AS
SELECT f.enterprise_id, v.key AS fact, v.value, f.source, f.as_of, f.recorded_at, f.id AS fact_id,
       f.told_by_kind, f.told_by
FROM facts f CROSS JOIN LATERAL jsonb_each(f.told) v;

-- Owners: people who signed in, or whom staff met. Nothing here is readable without the keys.
CREATE TABLE persons (
    id uuid PRIMARY KEY,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'erased')),
    name_sealed bytea,
    phone_sealed bytea,
    phone_index bytea,
    phone_verified_at timestamptz,
    unionid text,
    created_at timestamptz NOT NULL,
    erased_at timestamptz,
    CHECK (num_nulls(phone_sealed, phone_index) IN (0, 2)),
    CHECK ((state = 'erased') = (erased_at IS NOT NULL)),
    CHECK (state = 'active' OR num_nonnulls(name_sealed, phone_sealed, unionid) = 0)
);
CREATE INDEX persons_phone ON persons (phone_index) WHERE phone_index IS NOT NULL;
CREATE UNIQUE INDEX persons_unionid ON persons (unionid) WHERE unionid IS NOT NULL;

CREATE TABLE wechat_accounts (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES persons ON DELETE RESTRICT,
    appid text NOT NULL,
    openid text NOT NULL,
    unionid text,
    session_key_sealed bytea,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    UNIQUE (appid, openid)
);
CREATE INDEX wechat_accounts_person ON wechat_accounts (person_id);

-- Who may act for whom. `rests_on_contact`: proved by the registered phone or representative, to prove again when these change.
CREATE TABLE bindings (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES persons ON DELETE RESTRICT,
    enterprise_id uuid NOT NULL REFERENCES enterprises ON DELETE RESTRICT,
    role text NOT NULL CHECK (role IN ('representative', 'manager', 'clerk')),
    state text NOT NULL CHECK (state IN ('pending', 'active', 'read_only', 'ended', 'refused')),
    basis text NOT NULL CHECK (basis IN ('registered_phone', 'review', 'invitation', 'counter')),
    rests_on_contact boolean NOT NULL DEFAULT FALSE,
    scope text[] NOT NULL DEFAULT '{}',
    licence_file_id uuid REFERENCES files ON DELETE SET NULL,
    invited_by uuid REFERENCES bindings ON DELETE SET NULL,
    until timestamptz,
    prove_by timestamptz,
    decided_by uuid,
    decided_at timestamptz,
    reason text,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK ((state IN ('ended', 'refused')) = (ended_at IS NOT NULL)),
    CHECK (role <> 'clerk' OR until IS NOT NULL),
    CHECK (state <> 'read_only' OR prove_by IS NOT NULL)
);
CREATE UNIQUE INDEX bindings_live ON bindings (person_id, enterprise_id) WHERE state IN ('pending', 'active', 'read_only');
CREATE UNIQUE INDEX bindings_representative ON bindings (enterprise_id)
    WHERE role = 'representative' AND state IN ('active', 'read_only');
CREATE INDEX bindings_enterprise ON bindings (enterprise_id, state);
CREATE INDEX bindings_prove ON bindings (prove_by) WHERE state = 'read_only';
CREATE INDEX bindings_until ON bindings (until) WHERE until IS NOT NULL AND state IN ('active', 'read_only');
