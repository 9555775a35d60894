/** Which facts stand together on an enterprise's page; one that is new and has no place yet comes under 其他. */

const GROUPS: readonly (readonly [title: string, keys: readonly string[]])[] = [
  [
    '登记信息',
    ['entity_type', 'status', 'founded_on', 'industry', 'district', 'town', 'region', 'registered_capital_wan', 'ownership', 'individual_class'],
  ],
  [
    '规模',
    ['employees', 'revenue_wan', 'assets_wan', 'statistical_size', 'is_sme', 'is_small_or_micro', 'is_above_designated_size'],
  ],
  [
    '税务和销售',
    ['taxable_income_wan', 'vat_payer_kind', 'monthly_sales_wan', 'quarterly_sales_wan', 'has_sales_at_3_percent', 'small_low_profit',
      'q1_sales_wan', 'q1_sales_growth_percent'],
  ],
  ['资质和许可', ['qualifications', 'licences', 'key_industry_field', 'service_field', 'in_restricted_industry']],
  [
    '信用和合规',
    ['credit_risk_class', 'listings', 'penalised_unrepaired', 'major_accident', 'environment_violation', 'major_violation',
      'research_misconduct', 'owner_dishonest_debtor', 'same_violation_in_2y', 'violation_harm_minor', 'violation_corrected'],
  ],
  [
    '用工和社保',
    ['owner_group', 'social_insurance_paid', 'unemployment_insurance_months', 'layoff_percent', 'disabled_percent', 'priority_hires',
      'priority_hire_contract_months', 'priority_hire_percent', 'young_hires', 'young_hire_insurance_months', 'new_hires_from_outside',
      'wage_arrears', 'social_insurance_arrears'],
  ],
  [
    '融资和投资',
    ['loan_kind', 'loan_granted_on', 'loan_amount_wan', 'loan_has_central_subsidy', 'ip_pledge_loan', 'equipment_invest_wan',
      'equity_financing_2y_wan', 'equity_financing_3y_wan'],
  ],
  [
    '创新和研发',
    ['has_ip', 'rd_expense_wan', 'rd_expense_2y_average_wan', 'rd_percent', 'domestic_rd_percent', 'tech_staff_percent',
      'high_tech_income_percent', 'niche_years', 'main_business_percent', 'main_revenue_growth_percent', 'science_award_3y',
      'science_award_leading', 'national_science_award_5y', 'research_institution', 'standards_led_5y', 'maker_china_top500',
      'innovative_sme_score', 'innovation_score', 'growth_score', 'specialisation_score', 'specialised_sme_score', 'tech_sme_score',
      'tech_staff_score', 'high_tech_score'],
  ],
]
export const ELSE = '其他'

const PLACES = new Map(GROUPS.flatMap(([title, keys]) => keys.map((key) => [key, title] as const)))

export interface Group<T> {
  title: string
  facts: T[]
}

/** The groups that have something to show, each in the order given. */
export function grouped<T extends { key: string }>(facts: readonly T[]): Group<T>[] {
  return [...GROUPS.map(([title]) => title), ELSE]
    .map((title) => ({ title, facts: facts.filter((fact) => (PLACES.get(fact.key) ?? ELSE) === title) }))
    .filter((group) => group.facts.length > 0)
}
