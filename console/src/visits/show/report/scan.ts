/** Reads a QR code off a photo where the browser can by itself (phones mostly do); elsewhere the code is pasted. */

interface Detector {
  detect: (image: ImageBitmap) => Promise<readonly { rawValue: string }[]>
}
type Maker = new (wanted: { formats: readonly string[] }) => Detector

const maker = (): Maker | undefined => (globalThis as { BarcodeDetector?: Maker }).BarcodeDetector

export const canScan = (): boolean => maker() !== undefined

/** What the code on a photo says; nothing where none is found. */
export async function scan(photo: Blob): Promise<string | null> {
  const Found = maker()
  if (!Found) return null
  const image = await createImageBitmap(photo)
  try {
    const [code] = await new Found({ formats: ['qr_code'] }).detect(image)
    return code?.rawValue ?? null
  } finally {
    image.close()
  }
}
