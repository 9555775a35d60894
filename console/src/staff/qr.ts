/** Draws a QR code as one path of an SVG; what makes it comes with the first one. */

const QUIET = 4 // modules of white around it, ISO/IEC 18004

export async function drawn(text: string): Promise<{ path: string; size: number }> {
  const { default: qrcode } = await import('qrcode-generator')
  const code = qrcode(0, 'M')
  code.addData(text)
  code.make()
  const count = code.getModuleCount()
  const squares: string[] = []
  for (let y = 0; y < count; y += 1) {
    for (let x = 0; x < count; x += 1) {
      if (code.isDark(y, x)) squares.push(`M${x + QUIET} ${y + QUIET}h1v1h-1z`)
    }
  }
  return { path: squares.join(''), size: count + 2 * QUIET }
}
