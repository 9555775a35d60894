/** A short word that something was done, or was not; it goes by itself and a screen reader reads it. */

import 'element-plus/theme-chalk/el-message.css'

import { ElMessage } from 'element-plus/es/components/message/index.mjs'

export function tell(sentence: string): void {
  ElMessage({ message: sentence, type: 'success', duration: 4000, grouping: true })
}

/** For what failed where no place on the page could say so. */
export function warn(sentence: string): void {
  ElMessage({ message: sentence, type: 'error', duration: 8000, grouping: true })
}
