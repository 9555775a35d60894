/** A short word that something was done; it goes by itself and a screen reader reads it. */

import 'element-plus/theme-chalk/el-message.css'

import { ElMessage } from 'element-plus/es/components/message/index.mjs'

export function tell(sentence: string): void {
  ElMessage({ message: sentence, type: 'success', duration: 4000, grouping: true })
}
