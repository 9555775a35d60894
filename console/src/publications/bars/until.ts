/** The last moment of a day in Huzhou, as the API reads moments. */
export const endOf = (day: string): string => `${day}T23:59:59+08:00`
