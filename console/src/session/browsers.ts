/** What a browser calls itself, in words that its owner knows it by. */

const BROWSERS = [
  [/MicroMessenger/, '微信'],
  [/Edg\//, 'Edge'],
  [/Firefox\//, '火狐'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
] as const
const SYSTEMS = [
  [/HarmonyOS/, '鸿蒙'],
  [/Android/, 'Android 手机'],
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Windows/, 'Windows 电脑'],
  [/Mac OS X/, 'Mac 电脑'],
  [/Linux/, 'Linux 电脑'],
] as const

/** Chrome，Windows 电脑; one that says nothing known by its own words. */
export function browserOf(client: string): string {
  const told = [BROWSERS, SYSTEMS].flatMap((names) => names.find(([sign]) => sign.test(client))?.[1] ?? [])
  return told.join('，') || client.slice(0, 40) || '未知设备'
}
